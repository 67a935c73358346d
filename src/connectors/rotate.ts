import type { ConnectorRows, SealedRow } from '../db/connectors.ts';
import { errorText } from '../errors.ts';
import { sealedKeyId, type Vault } from './vault.ts';

export interface RotationReport {
  /** Connectors that have secrets. */
  readonly total: number;
  /** Re-encrypted with the primary key by this call. */
  readonly successful: number;
  /** Still on another key: no key of this server opens them. */
  readonly failed: number;
  /** How many are on which key now, by key id; the primary key's among them. */
  readonly keys: Readonly<Record<string, number>>;
  /** At most a hundred ids that failed, with the reason. */
  readonly failures: readonly { id: string; reason: string }[];
}

const FAILURES_MAX = 100;

/**
 * Re-encrypts with the primary key whatever is still on a former one. Goes through the connectors in batches, may run
 * while the server serves, and may be repeated.
 *
 * @param batchSize rows read at a time, 1 to 10,000
 */
export async function rotateSecrets(
  rows: Pick<ConnectorRows, 'pageSealed' | 'reseal' | 'countByKey'>,
  vault: Vault,
  batchSize = 500,
): Promise<RotationReport> {
  const failures: { id: string; reason: string }[] = [];
  let total = 0;
  let successful = 0;
  let failed = 0;

  for (let after = ''; ; ) {
    const batch = await rows.pageSealed(after, batchSize);
    total += batch.length;
    const resealed: SealedRow[] = [];
    for (const row of batch) {
      if (sealedKeyId(row.secrets) === vault.primaryKeyId) continue;
      try {
        const binding = { connectorId: row.id, connectorTypeId: row.typeId, spaceId: row.spaceId };
        resealed.push({ ...row, secrets: vault.encrypt(vault.decrypt(row.secrets, binding), binding) });
      } catch (error) {
        failed += 1;
        if (failures.length < FAILURES_MAX) failures.push({ id: row.id, reason: errorText(error) });
      }
    }
    // A connector that was saved meanwhile is left alone: that save used the primary key.
    if (resealed.length > 0) successful += (await rows.reseal(resealed)).length;
    if (batch.length < batchSize) break;
    after = batch.at(-1)!.id;
  }
  const keys = Object.fromEntries((await rows.countByKey()).map(({ keyId, count }) => [keyId, count]));
  return { total, successful, failed, keys, failures };
}
