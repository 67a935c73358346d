import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Target } from '../api/support.ts';
import type { TestApp } from '../support/app.ts';
import { eventually } from './console.ts';

/** What the tests' connectors sign in with; no answer and no page may hold it. */
export const SECRET = 'correct-horse-battery';
export const HOSTILE = '<img src=x onerror="globalThis.ran = true"> \u202Egpj.exe';

/** Something by Kibana's name for it. */
export const subject = (page: Page, name: string) => page.locator(`[data-test-subj="${name}"]`);
/** The panel of one connector; questions that stand over it are dialogs of their own. */
export const panel = (page: Page) => subject(page, 'edit-connector-flyout');
export const button = (page: Page, name: string) => panel(page).getByRole('button', { name, exact: true });
export const field = (page: Page, name: string) => panel(page).getByRole('textbox', { name, exact: true });
export const nameField = (page: Page) => field(page, 'Connector name');
export const saveButton = (page: Page) => subject(page, 'edit-connector-flyout-save-btn');
export const save = (page: Page) => saveButton(page).click();
export const alertIn = (page: Page) => panel(page).getByRole('alert');
export const toConfirm = (page: Page) => page.getByRole('dialog', { name: 'Leave without saving?' });
export const pathOf = (page: Page) => new URL(page.url()).pathname;

/** Opens the configuration of a connector by its address. */
export async function openConfig(page: Page, id: string): Promise<void> {
  await page.goto(`/connectors/${id}/config`);
  await nameField(page).waitFor();
}

/** Saves what stands in the form, and waits until that is done. */
export async function saveAll(page: Page, name: string): Promise<void> {
  await save(page);
  await page.getByText(`Updated '${name}'`, { exact: true }).waitFor();
}

/** Says a new name, saves it, and waits until that is done. */
export async function saveAs(page: Page, name: string): Promise<void> {
  await nameField(page).fill(name);
  await saveAll(page, name);
}

/** Waits until a control is marked as wrong, and answers the sentence at it, as assistive technology finds it. */
export async function problemAt(control: Locator): Promise<string> {
  await eventually(() => control.getAttribute('aria-invalid')).toBe('true');
  const ids = (await control.getAttribute('aria-describedby'))!.split(' ');
  const texts = await Promise.all(ids.map((id) => control.page().locator(`[id="${id}"]`).allInnerTexts()));
  return texts.flat().join(' ');
}

/** The bodies of the changes that the page sends from now on, by method. */
export function changesOf(page: Page): { method: string; body: Record<string, unknown> }[] {
  const changes: { method: string; body: Record<string, unknown> }[] = [];
  page.on('request', (request) => {
    if (!/\/api\/actions\/connector\/[^/]+$/.test(new URL(request.url()).pathname) || request.method() === 'GET')
      return;
    changes.push({ method: request.method(), body: request.postDataJSON() });
  });
  return changes;
}

/** What the server has, and what it does with it. */
export function connectorsOf(app: TestApp, target: Target) {
  const path = (id: string) => `/api/actions/connector/${id}`;
  async function expectOk(method: string, at: string, body?: unknown) {
    const answer = await app.call(method, at, body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.body;
  }
  return {
    create: (id: string, body: Record<string, unknown>) => expectOk('POST', path(id), body),
    /** A webhook to the target that signs in as `ann` with {@link SECRET}. */
    createHook: (id: string, { config = {}, secrets = {}, ...rest }: Hook = {}) =>
      expectOk('POST', path(id), {
        name: 'Ops pager',
        connector_type_id: '.webhook',
        config: { url: `${target.url}/hook`, ...config },
        secrets: { user: 'ann', password: SECRET, ...secrets },
        ...rest,
      }),
    /** As another client does it, who knows nothing of whoever has the panel open. */
    change: (id: string, body: Record<string, unknown>) => expectOk('PATCH', path(id), body),
    stored: (id: string) => expectOk('GET', `${path(id)}?extended=true`),
    remove: (id: string) => expectOk('DELETE', path(id)),
    async removeAll(): Promise<void> {
      for (const { id, is_preconfigured } of await expectOk('GET', '/api/actions/connectors')) {
        if (!is_preconfigured) await expectOk('DELETE', path(id));
      }
    },
    /** Runs it, and answers the headers that reached the target: whatever is stored shows itself there. */
    async run(id: string) {
      const before = target.received.length;
      const { status } = await expectOk('POST', `${path(id)}/_execute`, { params: { body: '{}' } });
      expect([status, target.received.length]).toEqual(['ok', before + 1]);
      return target.received.at(-1)!.headers;
    },
  };
}

interface Hook {
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly config?: Record<string, unknown>;
  readonly secrets?: Record<string, unknown>;
}

/** The header that a user and a password become. */
export const basicOf = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
