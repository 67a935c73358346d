import { isMap, put, type Tree, take, valueAt } from './tree.ts';

/** Kibana's old names; see `docs/settings.md`. Each text says what became of the value. */
const REMOVED_TLS_FLAGS: Readonly<Record<string, string>> = {
  'xpack.actions.rejectUnauthorized': 'xpack.actions.ssl.verificationMode',
  'xpack.actions.proxyRejectUnauthorizedCertificates': 'xpack.actions.ssl.proxyVerificationMode',
};

/**
 * Treats deprecated names as Kibana does: `whitelistedHosts` is renamed, the old TLS flags are dropped and **not**
 * translated. Mutates `tree`.
 *
 * @returns one warning for each name found
 */
export function replaceDeprecatedNames(tree: Tree): string[] {
  const warnings: string[] = [];

  const oldHosts = take(tree, ['xpack', 'actions', 'whitelistedHosts']);
  if (oldHosts !== undefined) {
    const taken = valueAt(tree, ['xpack', 'actions', 'allowedHosts']) === undefined;
    if (taken) put(tree, ['xpack', 'actions', 'allowedHosts'], oldHosts);
    const effect = taken ? 'Its value is used' : 'Its value is ignored, because the new name is set too';
    warnings.push(
      `The setting xpack.actions.whitelistedHosts is deprecated. ${effect}; rename it to xpack.actions.allowedHosts, or remove it.`,
    );
  }

  for (const [old, now] of Object.entries(REMOVED_TLS_FLAGS)) {
    if (take(tree, old.split('.')) === undefined) continue;
    warnings.push(
      `The setting ${old} is deprecated and its value is ignored. Set ${now} instead: "full" does what true did, "none" what false did.`,
    );
  }

  const hosts = valueAt(tree, ['xpack', 'actions', 'customHostSettings']);
  for (const [index, host] of Array.isArray(hosts) ? hosts.entries() : []) {
    if (!isMap(host) || valueAt(host, ['ssl', 'rejectUnauthorized']) === undefined) continue;
    // As in Kibana the leftover is then refused by the schema, whose error says the same.
    warnings.push(
      `The setting xpack.actions.customHostSettings.${index}.ssl.rejectUnauthorized is deprecated. Set ssl.verificationMode instead: "full" does what true did, "none" what false did.`,
    );
  }
  return warnings;
}

/** Remedies for names that are refused although they were once right, by the end of their path. */
export const REMOVED_NAMES: readonly (readonly [RegExp, string])[] = [
  [
    /^xpack\.actions\.customHostSettings\.\d+\.ssl\.rejectUnauthorized$/,
    'Replace it by ssl.verificationMode: "full" does what true did, "none" what false did.',
  ],
  [
    /^xpack\.actions\.enabled$/,
    'It was removed in 8.0. To switch off every connector type set [xpack.actions.enabledActionTypes] to [].',
  ],
];
