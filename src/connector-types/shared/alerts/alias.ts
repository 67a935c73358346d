import { createHash } from 'node:crypto';

/** UTF-16 units; the vendor takes no longer alias. */
const LONGEST_ALIAS = 512;

/** Of what `encodeURIComponent` escapes, this may stand in a path as it is, and Kibana sends it so. */
const HARMLESS_IN_PATH = /%(?:3A|40|24|26|2B|2C|3B|3D|5B|5D|7C)/g;

/**
 * The alias as the vendor gets it: unchanged, or `sha-` and the lower-case hex SHA-256 of its UTF-8 when it is longer than
 * the vendor takes. The same for creating and closing, and the same as Kibana's, so that each finds what the other made.
 */
export function toAlias(alias: string): string {
  if (alias.length <= LONGEST_ALIAS) return alias;
  return `sha-${createHash('sha256').update(alias, 'utf8').digest('hex')}`;
}

/**
 * The alias as one segment of a path. `rule:alert` stays as it is; `/`, `?`, `#` and `%`, which would break Kibana's
 * request, are escaped.
 */
export function aliasInPath(alias: string): string {
  return encodeURIComponent(alias.toWellFormed()).replace(HARMLESS_IN_PATH, decodeURIComponent);
}

/** Why an alias cannot be named in a path: it would be lost or resolved away. undefined when it can. */
export function aliasProblem(alias: string): string | undefined {
  if (alias !== '' && alias !== '.' && alias !== '..') return undefined;
  return `An alert cannot be closed by the alias "${alias}". Give the alias with which the alert was created.`;
}
