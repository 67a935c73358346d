import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { basic, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, rowOf, screenshot, testConsole } from './console.ts';
import {
  alertIn,
  basicOf,
  button,
  changesOf,
  connectorsOf,
  field,
  nameField,
  openConfig,
  panel,
  problemAt,
  SECRET,
  save,
  saveAll,
  saveAs,
  subject,
  toConfirm,
} from './edit-panel.ts';

const OTHER = 'another-long-password';

const target = await startTarget();
const app = await startTestApp();
const { onPage } = testConsole(app);
const { create, createHook, removeAll, run, stored } = connectorsOf(app, target);

const isSet = (page: Page) => panel(page).getByText('Set and stored encrypted', { exact: true });

/** Imports connectors as an export has them: without secrets. */
async function importExport(...lines: Record<string, unknown>[]): Promise<void> {
  const form = new FormData();
  const text = lines.map((line) => JSON.stringify({ type: 'action', references: [], ...line })).join('\n');
  form.append('file', new File([text], 'export.ndjson'));
  const { username, password } = app.admin;
  const headers = { authorization: basic(username, password), 'kbn-xsrf': 'x' };
  const answer = await fetch(`${app.url}/api/saved_objects/_import`, { method: 'POST', body: form, headers });
  expect(await answer.json()).toMatchObject({ success: true, successCount: lines.length });
}

/** All that the page holds: markup, and what stands in inputs and in the browser's stores. */
const contentOf = async (page: Page) =>
  (await page.content()) +
  (await page.evaluate(`JSON.stringify([
    [...document.querySelectorAll('input, textarea')].map(({ value }) => value), { ...localStorage }, { ...sessionStorage }])`));

describeInBrowser('the secrets of a connector', () => {
  beforeEach(async () => {
    await removeAll();
    target.received.length = 0;
  });

  test('that are stored are in no answer and not on the page, and stay stored', async () => {
    await createHook('hook', { secrets: { secretHeaders: { 'X-Key': SECRET } } });
    await onPage({}, async (page) => {
      const answers: Promise<string>[] = [];
      page.on('response', (response) => void answers.push(response.text().catch(() => '')));
      await page.goto('/connectors');
      await subject(page, 'edithook').click();
      await nameField(page).waitFor();
      expect(await isSet(page).count()).toBe(3);
      expect(await field(page, 'Password').count()).toBe(0);
      await screenshot(page, 'edit-webhook');
      await expectAccessible(page);
      await saveAs(page, 'Renamed');
      await button(page, 'Edit Password').click();
      expect(await field(page, 'Password').inputValue()).toBe('');
      expect(await field(page, 'Password').evaluate((input) => input.matches(':focus'))).toBe(true);
      for (const tab of ['testConnectorTab', 'rulesConnectorTab', 'executionsConnectorTab', 'configureConnectorTab']) {
        await subject(page, tab).click();
        await panel(page).getByRole('link', { name: 'Test', exact: true }).waitFor();
        expect(await contentOf(page)).not.toContain(SECRET);
      }
      const texts = await Promise.all(answers);
      expect(texts.some((text) => text.includes('configured_secrets'))).toBe(true);
      expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
    });
    const headers = await run('hook');
    expect([headers.authorization, headers['x-key']]).toEqual([basicOf('ann', SECRET), SECRET]);
  });

  test('are replaced one by one', async () => {
    await createHook('hook');
    await onPage({}, async (page) => {
      const changes = changesOf(page);
      await openConfig(page, 'hook');
      await button(page, 'Edit Password').click();
      await save(page);
      expect(await problemAt(field(page, 'Password'))).toContain('Enter Password again.');
      await field(page, 'Password').fill(OTHER);
      await saveAll(page, 'Ops pager');
      await eventually(() => isSet(page).count()).toBe(2);
      expect(changes).toEqual([{ method: 'PATCH', body: { secrets: { password: OTHER } } }]);
      expect(await contentOf(page)).not.toContain(OTHER);
    });
    expect((await run('hook')).authorization).toBe(basicOf('ann', OTHER));
  });

  test('stay when somebody thinks better of it', async () => {
    await createHook('hook');
    await onPage({}, async (page) => {
      const changes = changesOf(page);
      await openConfig(page, 'hook');
      await button(page, 'Edit Password').click();
      await field(page, 'Password').fill(OTHER);
      await button(page, 'Keep the stored one').click();
      await eventually(() => isSet(page).count()).toBe(2);
      // The button that was pressed is gone; the reader is still at the field.
      expect(await button(page, 'Edit Password').evaluate((one) => one.matches(':focus'))).toBe(true);
      await save(page);
      await page.getByText('There is nothing to save').waitFor();
      expect(changes).toEqual([]);
      await page.keyboard.press('Escape');
      await panel(page).waitFor({ state: 'detached' });
      expect(await toConfirm(page).count()).toBe(0);
    });
    expect((await run('hook')).authorization).toBe(basicOf('ann', SECRET));
  });

  test('are taken away where the type can do without', async () => {
    await createHook('hook', { secrets: { secretHeaders: { 'X-Key': SECRET } } });
    await create('chat', {
      name: 'Chat',
      connector_type_id: '.slack',
      secrets: { webhookUrl: `${target.url}/${SECRET}` },
    });
    await onPage({}, async (page) => {
      await openConfig(page, 'chat');
      await button(page, 'Edit Webhook URL').waitFor();
      expect(await button(page, 'Remove Webhook URL').count()).toBe(0);
      await openConfig(page, 'hook');
      await button(page, 'Remove Secret headers').click();
      await panel(page).getByText('Taken away when you save').waitFor();
      expect(await button(page, 'Edit Secret headers').evaluate((one) => one.matches(':focus'))).toBe(true);
      await expectAccessible(page);
      await button(page, 'Keep the stored one').click();
      await button(page, 'Remove Secret headers').click();
      await saveAs(page, 'Without');
      expect(await button(page, 'Edit Secret headers').count()).toBe(0);
    });
    expect((await stored('hook')).configured_secrets).toEqual(['password', 'user']);
    const headers = await run('hook');
    expect([headers.authorization, headers['x-key']]).toEqual([basicOf('ann', SECRET), undefined]);
  });

  test('go with the authentication that needs them', async () => {
    await createHook('hook');
    await onPage({}, async (page) => {
      await openConfig(page, 'hook');
      await panel(page).getByRole('switch', { name: 'Authentication' }).click();
      await eventually(() => isSet(page).count()).toBe(0);
      await saveAs(page, 'Open');
    });
    const { config, configured_secrets } = await stored('hook');
    expect([config.hasAuth, configured_secrets]).toEqual([false, []]);
    expect((await run('hook')).authorization).toBeUndefined();
  });

  test('that do without a partner are refused in words at what can be seen', async () => {
    await createHook('hook');
    await onPage({}, async (page) => {
      await openConfig(page, 'hook');
      await button(page, 'Remove Password').click();
      await save(page);
      await alertIn(page)
        .getByText(/must specify one of the following schemas/i)
        .waitFor();
      for (const link of await alertIn(page).getByRole('button').all()) {
        await link.click();
        expect(await page.evaluate('document.activeElement.matches("[data-test-subj] form *")')).toBe(true);
      }
      await screenshot(page, 'edit-secrets-refused');
    });
    expect((await stored('hook')).configured_secrets).toEqual(['password', 'user']);
  });

  describe('when their destination changes', () => {
    test('are asked for again, at their fields, and go nowhere before', async () => {
      await createHook('hook');
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await field(page, 'URL').fill(`${target.url}/elsewhere`);
        await save(page);
        await alertIn(page).getByText('Enter Password again: URL decides where it is sent, and was changed.').waitFor();
        expect(await problemAt(field(page, 'Password'))).toContain('Enter Password again: URL decides');
        expect(await problemAt(field(page, 'Username'))).toContain('Enter Username again: URL decides');
        expect(await field(page, 'Password').inputValue()).toBe('');
        expect(await alertIn(page).evaluate((box) => box.matches(':focus'))).toBe(true);
        await expectAccessible(page);
        await screenshot(page, 'edit-destination');
        expect((await stored('hook')).config.url).toBe(`${target.url}/hook`);
        await field(page, 'Username').fill('bob');
        await field(page, 'Password').fill(OTHER);
        await saveAll(page, 'Ops pager');
      });
      expect((await run('hook')).authorization).toBe(basicOf('bob', OTHER));
      expect(target.received.map((one) => one.url)).toEqual(['/elsewhere']);
    });

    test('need not be entered once it is as it was', async () => {
      await createHook('hook');
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await field(page, 'URL').fill(`${target.url}/elsewhere`);
        await save(page);
        await alertIn(page).waitFor();
        await field(page, 'URL').fill(`${target.url}/hook`);
        for (const keep of (await button(page, 'Keep the stored one').all()).reverse()) await keep.click();
        await saveAs(page, 'Back again');
      });
      expect((await run('hook')).authorization).toBe(basicOf('ann', SECRET));
    });
  });

  test('stay stored when a value is taken away', async () => {
    await createHook('hook', { config: { verificationMode: 'none', headers: { 'X-One': '1' } } });
    await onPage({}, async (page) => {
      const changes = changesOf(page);
      await openConfig(page, 'hook');
      await button(page, 'Remove number 1 of Headers').click();
      await panel(page).getByLabel('Verification mode').selectOption({ label: 'Not set' });
      await saveAll(page, 'Ops pager');
      expect(changes).toEqual([{ method: 'PATCH', body: { config: { headers: null, verificationMode: null } } }]);
      const { config } = await stored('hook');
      expect(config.headers).toBeNull();
      expect(config).not.toHaveProperty('verificationMode');
    });
    expect((await run('hook')).authorization).toBe(basicOf('ann', SECRET));
  });

  test('that an import left out are entered by “Fix”; until then it cannot be tested, with the reason', async () => {
    const attributes = { config: {}, secrets: {}, isMissingSecrets: true };
    await importExport(
      { id: 'chat', attributes: { ...attributes, name: 'Chat', actionTypeId: '.slack' } },
      {
        id: 'hook',
        attributes: { ...attributes, name: 'Hook', actionTypeId: '.webhook', config: { url: `${target.url}/hook` } },
      },
    );
    await onPage({}, async (page) => {
      await rowOf(page, 'hook').locator('[data-test-subj=missingSecrets_hook]').waitFor();
      const test = rowOf(page, 'hook').locator('[data-test-subj=runConnector]');
      expect(await test.getAttribute('aria-disabled')).toBe('true');
      expect(await test.getAttribute('aria-label')).toBe(
        'Test Hook: Its secrets are missing: it was imported without them.',
      );
      await rowOf(page, 'chat').locator('[data-test-subj=fixConnectorButton]').click();
      await page.waitForURL('**/connectors/chat/config');
      await panel(page).getByText('Enter Webhook URL again and save; until then the connector cannot run.').waitFor();
      await save(page);
      expect(await problemAt(field(page, 'Webhook URL'))).toContain('Webhook URL is required.');
      await page.keyboard.press('Escape');

      await rowOf(page, 'hook').locator('[data-test-subj=fixConnectorButton]').click();
      await page.waitForURL('**/connectors/hook/config');
      await panel(page).getByText('The secrets of this connector are missing').waitFor();
      await panel(page).getByText('Missing secrets', { exact: true }).waitFor();
      await expectAccessible(page);
      await screenshot(page, 'edit-missing-secrets');
      await subject(page, 'testConnectorTab').click();
      await panel(page).getByText('The secrets of this connector are missing, so nothing can be run.').waitFor();
      expect(await button(page, 'Run').isDisabled()).toBe(true);
      await subject(page, 'configureConnectorTab').click();
      await field(page, 'Username').fill('ann');
      await field(page, 'Password').fill(SECRET);
      await saveAll(page, 'Hook');
      await panel(page).getByText('The secrets of this connector are missing').waitFor({ state: 'detached' });
      expect(await panel(page).getByText('Missing secrets', { exact: true }).count()).toBe(0);
      await page.keyboard.press('Escape');
      await rowOf(page, 'hook').locator('[data-test-subj=missingSecrets_hook]').waitFor({ state: 'detached' });
      expect(await rowOf(page, 'hook').locator('[data-test-subj=fixConnectorButton]').count()).toBe(0);
      await rowOf(page, 'hook').locator('[data-test-subj=runConnector]').click();
      await button(page, 'Run').click();
      await subject(page, 'executionSuccessfulResult').waitFor();
    });
    expect(target.received.at(-1)!.headers.authorization).toBe(basicOf('ann', SECRET));
    expect((await stored('hook')).is_missing_secrets).toBe(false);
  });
});
