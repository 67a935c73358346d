/**
 * `npm run docs`: writes the generated pages of `docs/` anew. `npm test` fails when they differ from what the code says.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedDocs } from './generated-docs.ts';

const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');
const connectors = join(docs, 'connectors');
mkdirSync(connectors, { recursive: true });
// A page of a type that is gone must go too; this folder holds nothing else.
for (const name of readdirSync(connectors)) rmSync(join(connectors, name));
for (const [name, text] of generatedDocs()) writeFileSync(join(docs, name), text);
