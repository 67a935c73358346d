import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { renderSettingsDocs } from './docs.ts';
import { pendingSetting } from './pending.ts';
import { allSettings } from './schema.ts';

const docs = renderSettingsDocs();

test('docs/settings.md is up to date', () => {
  const written = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  expect(written === docs, 'docs/settings.md differs from the schema. Run "npm run docs" and commit the file.').toBe(
    true,
  );
});

test('every setting has its row, with its meaning and whether it has an effect', () => {
  const rows = docs.split('\n');
  for (const { path, about } of allSettings()) {
    const row = rows.filter((line) => line.startsWith(`| \`${path}\` `));
    expect(row, path).toHaveLength(1);
    expect(row[0], path).toContain(about.replaceAll('|', '\\|'));
    expect(row[0]?.includes('No effect: '), path).toBe(pendingSetting(path) !== undefined);
  }
  expect(docs).toContain('| `xpack.actions.preconfigured.<id>.actionTypeId` ');
  expect(docs).toContain('| `xpack.actions.customHostSettings[n].ssl.verificationMode` ');
});

test('every table row has as many cells as its head', () => {
  const widths = docs
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.match(/(?<!\\)\|/g)?.length);
  expect(new Set(widths)).toEqual(new Set([5, 3]));
});

test('the text is the same on every machine', () => {
  expect(docs).not.toContain(hostname() === 'localhost' ? '127.0.0.1' : `\`${hostname()}\``);
  expect(docs).not.toContain(process.cwd());
});
