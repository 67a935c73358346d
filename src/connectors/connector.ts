import type { Secrets } from './vault.ts';

/**
 * A connector as the server works with it. Immutable: a change makes a new object, so what is derived from one
 * (validated config, redaction) may be remembered by its identity.
 */
export interface Connector {
  readonly id: string;
  readonly name: string;
  readonly typeId: string;
  /** As saved: for stored ones what the type's schema returned, for preconfigured ones what the settings say. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * `stored`: in the database, in one space. `preconfigured`: from the settings, in every space. `system`: made by
   * the server for a system type. `unsaved`: only for one `_test` or `_preview`.
   */
  readonly origin: 'stored' | 'preconfigured' | 'system' | 'unsaved';
  /** Preconfigured ones show their config only when the settings say so. */
  readonly exposeConfig: boolean;
  /** Imported without its secrets; every save clears it. */
  readonly isMissingSecrets: boolean;
  readonly tags: readonly string[];
  /** Names of the secrets that are set, never values. */
  readonly secretNames: readonly string[];
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
  /** Grows with every save of a stored connector; 0 for the others. */
  readonly version: number;
  /** Decrypts on demand. @throws {PatchbayError} `secrets_unreadable` */
  readSecrets(): Secrets;
}

/** A connector as lists show it. */
export type ListedConnector = Omit<Connector, 'readSecrets'>;

/** Secrets that have a value, by name. */
export function namesOfSetSecrets(secrets: Secrets): string[] {
  return Object.entries(secrets)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name]) => name)
    .sort();
}
