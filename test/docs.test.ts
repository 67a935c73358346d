import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedDocs } from '../scripts/generated-docs.ts';

const docs = new URL('../docs/', import.meta.url).pathname;

test.each([...generatedDocs()])('docs/%s is up to date (npm run docs)', (name, text) => {
  expect(readFileSync(join(docs, name), 'utf8')).toBe(text);
});

test('docs/connectors holds no page of a type that is gone (npm run docs)', () => {
  const wanted = [...generatedDocs().keys()].filter((name) => name.startsWith('connectors/'));
  expect(readdirSync(join(docs, 'connectors')).map((name) => `connectors/${name}`)).toEqual(
    expect.arrayContaining(wanted),
  );
  expect(wanted).toHaveLength(readdirSync(join(docs, 'connectors')).length);
});
