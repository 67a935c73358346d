import { PatchbayError } from '../errors.ts';
import { createVault, type Vault } from './vault.ts';
import { readKeyFile, readOrMakeKeyFile } from './vault-key.ts';

export interface VaultSettings {
  /** `xpack.encryptedSavedObjects.encryptionKey` */
  readonly encryptionKey?: string;
  /** `xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys` */
  readonly decryptionOnlyKeys: readonly string[];
  /** `path.data`, where a key that nobody set is kept. */
  readonly dataDir: string;
}

/**
 * The vault that the settings ask for. Without a key in the settings, one is kept in the data folder; once a key is
 * set, the one in the data folder still opens what it sealed, so that moving to a key of one's own loses nothing.
 *
 * @throws {PatchbayError} `setting_invalid`
 */
export async function openVault(settings: VaultSettings, log: { warn(message: string): void }): Promise<Vault> {
  const { encryptionKey, decryptionOnlyKeys, dataDir } = settings;
  if (encryptionKey !== undefined) {
    const former = await readKeyFile(dataDir);
    const others = former === undefined || former === encryptionKey ? [] : [former];
    return createVault(encryptionKey, [...decryptionOnlyKeys, ...others]);
  }
  const file = await readOrMakeKeyFile(dataDir);
  if (decryptionOnlyKeys.includes(file.key)) {
    throw new PatchbayError(
      'setting_invalid',
      '[xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys]: holds the key of the data folder, which is in use. Set xpack.encryptedSavedObjects.encryptionKey to a new key.',
    );
  }
  if (file.isNew) {
    log.warn(
      `A new encryption key was made: ${file.path}. Back it up: without it the stored secrets are lost. To manage it yourself, set xpack.encryptedSavedObjects.encryptionKey.`,
    );
  }
  if (file.wasReadable) log.warn(`Others could read the encryption key ${file.path}; its mode is now 0600.`);
  return createVault(file.key, decryptionOnlyKeys);
}
