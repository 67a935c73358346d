import { afterAll, expect } from 'vitest';
import { type Answer, startTestApp } from '../support/app.ts';
import { addUser, basic, startTarget } from './support.ts';

export const CANARY = 'canary-4f8a1b7c';

export const [app, target] = await Promise.all([
  startTestApp({ 'xpack.actions.preconfigured': { pre: { name: 'Pre', actionTypeId: '.server-log' } } }),
  startTarget(),
]);
/** May look at connectors, but not change them. */
export const reader = await addUser(app, 'reader', ['actions_read']);
afterAll(() => app.stop());

export let spaces = 0;
/** A space of the test's own. */
export function newSpace(): string {
  spaces += 1;
  return `/s/space-${spaces}`;
}

// biome-ignore lint/suspicious/noExplicitAny: lines of every shape
export type Line = any;
export const linesOf = (text: string): Line[] => text.split('\n').map((line) => JSON.parse(line));

export const exportOf = (body: unknown, space = '', query = '') =>
  app.call('POST', `${space}/api/saved_objects/_export${query}`, body);

export async function upload(
  path: string,
  fields: { file?: string | Uint8Array<ArrayBuffer>; filename?: string; retries?: unknown },
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  if (fields.file !== undefined) form.append('file', new File([fields.file], fields.filename ?? 'export.ndjson'));
  if (fields.retries !== undefined) {
    form.append('retries', typeof fields.retries === 'string' ? fields.retries : JSON.stringify(fields.retries));
  }
  const response = await fetch(app.url + path, {
    method: 'POST',
    body: form,
    headers: { authorization: basic(app.admin.username, app.admin.password), 'kbn-xsrf': 'x', ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

export async function importInto(space: string, file: string, query = '') {
  const { status, body, text } = await upload(`${space}/api/saved_objects/_import${query}`, { file });
  expect(status, text).toBe(200);
  return body;
}

export async function resolve(space: string, file: string, retries: unknown, query = '') {
  const path = `${space}/api/saved_objects/_resolve_import_errors${query}`;
  const { status, body, text } = await upload(path, { file, retries });
  expect(status, text).toBe(200);
  return body;
}

export const action = (id: string, attributes: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({
  id,
  type: 'action',
  attributes: { actionTypeId: '.server-log', name: 'Log', config: {}, secrets: {}, ...attributes },
  references: [],
  ...rest,
});
export const ndjson = (...objects: unknown[]) => objects.map((object) => JSON.stringify(object)).join('\n');
export const listed = async (space: string) =>
  (await app.call('GET', `${space}/api/actions/connectors?extended=true`)).body.filter(
    (connector: { is_preconfigured: boolean }) => !connector.is_preconfigured,
  );
