import { z } from 'zod';
import { section, setting } from '../setting.ts';
import { flag, list, text } from '../types.ts';

const encryptionKey = () => text({ min: 32, max: 10_000, remedy: 'Give a secret text of at least 32 characters.' });

/** `xpack.encryptedSavedObjects.*`: the keys of the vault. */
export const encryptedSavedObjects = z
  .strictObject({
    encryptionKey: setting(encryptionKey(), {
      about: 'The key that connector secrets are encrypted with, at least 32 characters. Every node needs the same.',
      unset: 'one is made at the first start and kept under `path.data`',
      secret: true,
    }),
    keyRotation: section({
      decryptionOnlyKeys: setting(list(encryptionKey(), { of: 'keys', example: '["<a former key>"]' }), {
        about: 'Former keys: they still decrypt, nothing is encrypted with them.',
        default: [],
        secret: true,
      }),
    }),
  })
  .superRefine((value, context) => {
    const { encryptionKey: primary, keyRotation } = value;
    if (primary === undefined || !keyRotation.decryptionOnlyKeys.includes(primary)) return;
    context.addIssue({
      code: 'custom',
      message:
        '`keyRotation.decryptionOnlyKeys` cannot contain primary encryption key specified in `encryptionKey`. Remove it from the list.',
    });
  })
  .prefault({});

/** `xpack.eventLog.*`. */
export const eventLog = section({
  logEntries: setting(flag(), { about: 'Also writes each execution to the server’s log.', default: false }),
  indexEntries: setting(flag(), { about: 'Keeps executions in the event log.', default: true }),
});

/** `notifications.*`. */
export const notifications = section({
  connectors: section({
    default: section({
      email: setting(text({ min: 1 }), {
        about: 'The id of the preconfigured email connector that Patchbay’s own notifications use.',
      }),
    }),
  }),
});
