import { z } from 'zod';
import { rotateSecrets } from '../../connectors/rotate.ts';
import type { Vault } from '../../connectors/vault.ts';
import { PatchbayError } from '../../errors.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';

const rotateQuery = z.strictObject({
  batch_size: z.coerce.number().int().min(1).max(10_000).default(500),
  type: z.string().optional().describe('Only `action` (connectors) holds secrets; any other type rotates nothing.'),
});

/** Kibana's key rotation call. `patchbay encryption-keys rotate` does the same without a server. */
export function encryptionRoutes({
  sealedRows,
  vault,
}: {
  sealedRows: Parameters<typeof rotateSecrets>[0];
  vault: Vault;
}): Route[] {
  let isRunning = false;
  return [
    defineRoute({
      method: 'POST',
      path: '/api/encrypted_saved_objects/_rotate_key',
      summary: 'Re-encrypt all secrets with the primary key',
      tag: 'server',
      kibana: true,
      query: rotateQuery,
      answers: {
        200: {
          description: 'How many connectors have secrets, were re-encrypted, and could not be.',
          schema: z.object({ total: z.int(), successful: z.int(), failed: z.int() }),
        },
        ...refusals,
        429: { description: 'A rotation is under way.', schema: errorAnswer },
      },
      handler: async ({ principal, query }) => {
        if (!principal.roles.includes('superuser')) throw new PatchbayError('forbidden', 'Forbidden');
        if (vault.keyIds.length < 2) {
          throw new PatchbayError(
            'bad_request',
            'Kibana is not configured to support encryption key rotation. Update `kibana.yml` to include `xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys` to rotate your encryption keys.',
          );
        }
        if (query.type !== undefined && query.type !== 'action') return { total: 0, successful: 0, failed: 0 };
        if (isRunning) {
          throw new PatchbayError(
            'too_many_requests',
            'Encryption key rotation is in progress already. Please wait until it is completed and try again.',
          );
        }
        isRunning = true;
        try {
          const { total, successful, failed } = await rotateSecrets(sealedRows, vault, query.batch_size);
          return { total, successful, failed };
        } finally {
          isRunning = false;
        }
      },
    }),
  ];
}
