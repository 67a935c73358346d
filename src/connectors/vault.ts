import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { PatchbayError } from '../errors.ts';

/** What encrypted secrets are tied to: moved to another row, they do not open. */
export interface VaultBinding {
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly spaceId: string;
}

export type Secrets = Record<string, unknown>;

/** Encrypts the secrets of connectors at rest. Made once at start by {@link createVault}. */
export interface Vault {
  /** Short public name of the key that new secrets are encrypted with; tells keys apart, reveals nothing of them. */
  readonly primaryKeyId: string;
  /** The primary key first, then the keys that only decrypt. */
  readonly keyIds: readonly string[];
  encrypt(secrets: Secrets, binding: VaultBinding): string;
  /** @throws {PatchbayError} `secrets_unreadable` when no key opens it or it belongs to another connector */
  decrypt(sealed: string, binding: VaultBinding): Secrets;
}

interface VaultKey {
  readonly id: string;
  readonly key: Buffer;
}

const FORMAT = 'pb1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

// Operators choose the key as text and may choose badly, so it is stretched; once per key and start, not per secret.
const SCRYPT = { N: 16_384, r: 8, p: 1 };
const SALT = 'patchbay/vault/v1';
const stretch = promisify<string, string, number, typeof SCRYPT, Buffer>(scrypt);

/**
 * AES-256-GCM with a random 12-byte IV per value and the connector's id, type and space as additional data.
 * Sealed form: `pb1.<key id>.<base64url of IV, tag and ciphertext>`.
 *
 * @param primaryKey text of at least 32 characters (`xpack.encryptedSavedObjects.encryptionKey`)
 * @param decryptionOnlyKeys former keys (`keyRotation.decryptionOnlyKeys`)
 */
export async function createVault(primaryKey: string, decryptionOnlyKeys: readonly string[] = []): Promise<Vault> {
  const [primary, ...former] = await Promise.all([primaryKey, ...decryptionOnlyKeys].map(deriveKey));
  if (primary === undefined) throw new TypeError('a vault needs a key');
  const ring = new Map([primary, ...former].map((entry) => [entry.id, entry]));

  return {
    primaryKeyId: primary.id,
    keyIds: [...ring.keys()],

    encrypt(secrets, binding) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', primary.key, iv);
      cipher.setAAD(additionalData(binding));
      const body = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
      return `${FORMAT}.${primary.id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`;
    },

    decrypt(sealed, binding) {
      const keyId = sealedKeyId(sealed);
      const entry = keyId === undefined ? undefined : ring.get(keyId);
      if (entry === undefined) {
        throw new PatchbayError(
          'secrets_unreadable',
          `The secrets of connector "${binding.connectorId}" were encrypted with key "${keyId ?? 'unknown'}", which this server does not have. ` +
            'Add that key to xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys, or save the connector again with its secrets.',
        );
      }
      try {
        return JSON.parse(open(entry.key, sealed, binding)) as Secrets;
      } catch (error) {
        throw new PatchbayError(
          'secrets_unreadable',
          `The secrets of connector "${binding.connectorId}" do not open: its row was changed outside of Patchbay. Save the connector again with its secrets.`,
          { cause: error },
        );
      }
    },
  };
}

/** Which key a sealed value was made with; undefined for anything that is not one. */
export function sealedKeyId(sealed: string): string | undefined {
  const [format, keyId, body] = sealed.split('.');
  return format === FORMAT && body !== undefined ? keyId : undefined;
}

function open(key: Buffer, sealed: string, binding: VaultBinding): string {
  const bytes = Buffer.from(sealed.slice(sealed.lastIndexOf('.') + 1), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(binding));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}

// JSON keeps the parts apart whatever characters they hold.
function additionalData(binding: VaultBinding): Buffer {
  return Buffer.from(
    JSON.stringify(['connector', binding.spaceId, binding.connectorTypeId, binding.connectorId]),
    'utf8',
  );
}

async function deriveKey(text: string): Promise<VaultKey> {
  const key = await stretch(text, SALT, 32, SCRYPT);
  const id = createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8);
  return { id, key };
}
