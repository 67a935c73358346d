import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** Patchbay's own version. */
export const PATCHBAY_VERSION = manifest.version;

/** The Kibana whose API this is; clients such as the Terraform provider decide by it what they may send. */
export const KIBANA_VERSION = '9.3.0';
