import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, rowOf, testConsole } from './console.ts';
import {
  alertIn,
  basicOf,
  button,
  changesOf,
  connectorsOf,
  field,
  HOSTILE,
  nameField,
  openConfig,
  panel,
  pathOf,
  problemAt,
  SECRET,
  save,
  saveAs,
  saveButton,
  subject,
  toConfirm,
} from './edit-panel.ts';

const target = await startTarget();
const app = await startTestApp({ 'patchbay.notices': [{ to: 'hook', params: { body: '{}' } }] });
const { onPage } = testConsole(app);
const { createHook, removeAll, run, stored } = connectorsOf(app, target);

const tab = (page: Page, name: string) => panel(page).getByRole('link', { name, exact: true });

/** Fails when the page asks before the tab is closed. */
async function reloadUnasked(page: Page): Promise<void> {
  const asked: string[] = [];
  page.once('dialog', (dialog) => {
    asked.push(dialog.type());
    return dialog.accept();
  });
  await page.reload();
  expect(asked).toEqual([]);
}

describeInBrowser('editing a connector', () => {
  beforeEach(async () => {
    await removeAll();
    await createHook('hook');
    target.received.length = 0;
  });

  describe('saving', () => {
    test('a new name says so, keeps the panel open, shows in the row, and asks for no secret', async () => {
      await onPage({}, async (page) => {
        const changes = changesOf(page);
        await subject(page, 'edithook').click();
        await page.waitForURL('**/connectors/hook/config');
        await panel(page).getByRole('heading', { name: 'Ops pager' }).waitFor();
        await saveAs(page, 'Night pager');
        await eventually(() => saveButton(page).innerText()).toBe('Changes saved');
        await panel(page).getByRole('heading', { name: 'Night pager' }).waitFor();
        await rowOf(page, 'hook').getByText('Night pager', { exact: true }).waitFor();
        expect(changes).toEqual([{ method: 'PATCH', body: { name: 'Night pager' } }]);
        await nameField(page).fill('Night pagers');
        expect(await saveButton(page).innerText()).toBe('Save');
      });
      expect(await stored('hook')).toMatchObject({ name: 'Night pager', configured_secrets: ['password', 'user'] });
      expect((await run('hook')).authorization).toBe(basicOf('ann', SECRET));
    });

    test('with the Enter key leaves the reader where they are', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Typed');
        await page.keyboard.press('Enter');
        await page.getByText("Updated 'Typed'").waitFor();
        await rowOf(page, 'hook').getByText('Typed', { exact: true }).waitFor();
        expect(await nameField(page).evaluate((input) => input.matches(':focus'))).toBe(true);
        await page.keyboard.type(' more');
        expect(await nameField(page).inputValue()).toBe('Typed more');
      });
    });

    test('nothing sends nothing', async () => {
      await onPage({}, async (page) => {
        const changes = changesOf(page);
        await openConfig(page, 'hook');
        await nameField(page).fill('  Ops pager ');
        await save(page);
        await page.getByText('There is nothing to save').waitFor();
        expect(changes).toEqual([]);
      });
    });

    test('config, headers and tags changes just these', async () => {
      await createHook('full', { config: { headers: { 'X-One': '1' } }, tags: ['night'] });
      await onPage({}, async (page) => {
        const changes = changesOf(page);
        await openConfig(page, 'full');
        await panel(page).getByLabel('Method').selectOption('put');
        await field(page, 'Value 1 of Headers').fill('2');
        await panel(page).getByLabel('Tags', { exact: true }).fill('team a,');
        await saveAs(page, 'Ops pager 2');
        expect(changes[0]!.body).toEqual({
          name: 'Ops pager 2',
          tags: ['night', 'team a'],
          config: { method: 'put', headers: { 'X-One': '2' } },
        });
      });
      expect((await run('full'))['x-one']).toBe('2');
      expect(target.received.at(-1)!.method).toBe('PUT');
    });

    test('an optional value that was emptied removes it', async () => {
      const config = { hasAuth: false, headers: { 'X-One': '1' }, verificationMode: 'none', sendIdempotencyKey: true };
      await createHook('full', { config, secrets: { user: undefined, password: undefined } });
      await onPage({}, async (page) => {
        await openConfig(page, 'full');
        await button(page, 'Remove number 1 of Headers').click();
        await panel(page).getByLabel('Verification mode').selectOption({ label: 'Not set' });
        await saveAs(page, 'Bare');
        await page.reload();
        await nameField(page).waitFor();
        expect(await field(page, 'Name 1 of Headers').count()).toBe(0);
      });
      expect((await stored('full')).config).toEqual({
        url: `${target.url}/hook`,
        method: 'post',
        hasAuth: false,
        headers: null,
        sendIdempotencyKey: true,
      });
      expect((await run('full'))['x-one']).toBeUndefined();
    });

    test('what the server refuses stands at its field, and is not stored', async () => {
      await createHook('open', { config: { hasAuth: false }, secrets: { user: undefined, password: undefined } });
      await onPage({}, async (page) => {
        await openConfig(page, 'open');
        await nameField(page).fill('   ');
        await field(page, 'URL').fill('');
        await save(page);
        await alertIn(page).getByRole('button', { name: 'Name is required.' }).waitFor();
        expect(await problemAt(field(page, 'URL'))).toContain('URL is required.');
        await nameField(page).fill('Open');
        for (const [address, problem] of [
          ['ftp://example.com', 'The URL must begin with http:// or https://, not with ftp:'],
          ['nowhere', 'Invalid URL'],
        ] as const) {
          await field(page, 'URL').fill(address);
          await save(page);
          expect(await problemAt(field(page, 'URL'))).toContain(problem);
        }
        await alertIn(page).getByRole('button').click();
        expect(await field(page, 'URL').evaluate((input) => input.matches(':focus'))).toBe(true);
        await expectAccessible(page);
      });
      expect((await stored('open')).config.url).toBe(`${target.url}/hook`);
    });

    test('of two addresses the wrong one is marked', async () => {
      const config = {
        authType: 'webhook-oauth2-client-credentials',
        accessTokenUrl: `${target.url}/token`,
        clientId: 'patchbay',
      };
      const secrets = { user: undefined, password: undefined, clientSecret: SECRET };
      await createHook('oauth', { config, secrets });
      await onPage({}, async (page) => {
        await openConfig(page, 'oauth');
        await field(page, 'Access token URL').fill('ftp://example.com');
        await button(page, 'Edit Client secret').click();
        await field(page, 'Client secret').fill(SECRET);
        await save(page);
        expect(await problemAt(field(page, 'Access token URL'))).toContain('not with ftp:');
        expect(await field(page, 'URL').getAttribute('aria-invalid')).toBeNull();
      });
      expect((await stored('oauth')).config.accessTokenUrl).toBe(config.accessTokenUrl);
    });

    test('leaves what is typed meanwhile', async () => {
      await onPage({}, async (page) => {
        const changes = changesOf(page);
        await openConfig(page, 'hook');
        const held = Promise.withResolvers<void>();
        await page.route('**/api/actions/connector/hook?*', async (route) => {
          if (route.request().method() === 'PATCH') await held.promise;
          await route.fallback();
        });
        await nameField(page).fill('First');
        await button(page, 'Edit Password').click();
        await field(page, 'Password').fill(SECRET);
        await save(page);
        await eventually(() => changes.length).toBe(1);
        await field(page, 'URL').fill(`${target.url}/second`);
        held.resolve();
        await page.getByText("Updated 'First'").waitFor();
        await button(page, 'Edit Password').waitFor();
        expect(await field(page, 'URL').inputValue()).toBe(`${target.url}/second`);
        expect((await stored('hook')).config.url).toBe(`${target.url}/hook`);
        // It is still asked for.
        await page.keyboard.press('Escape');
        await toConfirm(page).getByRole('button', { name: 'Keep editing' }).click();
      });
    });

    test('while the server is away says so above the form, and loses nothing', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Later');
        await page.context().setOffline(true);
        await save(page);
        await alertIn(page).getByText('The server cannot be reached.').waitFor();
        await page.context().setOffline(false);
        await saveAs(page, 'Later');
        await alertIn(page).waitFor({ state: 'detached' });
      });
    });
  });

  describe('addresses', () => {
    test.each([
      ['config', 'Configuration', 'Method'],
      ['test', 'Test', 'Parameters'],
      ['usage', 'Used by', 'What sends through this connector.'],
      ['executions', 'Executions', 'succeeded'],
    ])('/%s is the same view after a reload and in another window', async (name, label, text) => {
      await run('hook');
      await onPage({}, async (page) => {
        await page.goto(`/connectors/hook/${name}?q=pager`);
        const shown = panel(page).getByText(text, { exact: true }).first();
        await shown.waitFor();
        await page.reload();
        await shown.waitFor();
        expect(page.url()).toBe(`${app.url}/connectors/hook/${name}?q=pager`);
        expect(await tab(page, label).getAttribute('aria-current')).toBe('page');
        expect(await page.title()).toBe(`Ops pager · ${label} · Patchbay`);
        await expectAccessible(page);
      });
    });

    test('lead back the way they came', async () => {
      await onPage({}, async (page) => {
        await page.goto('/connectors/hook');
        await page.waitForURL('**/connectors/hook/config');
        await page.goto('/connectors?q=pager');
        await subject(page, 'edithook').click();
        await nameField(page).waitFor();
        await tab(page, 'Used by').click();
        await page.waitForURL('**/connectors/hook/usage?q=pager');
        await page.goBack();
        await nameField(page).waitFor();
        await page.goBack();
        await panel(page).waitFor({ state: 'detached' });
        expect(page.url()).toBe(`${app.url}/connectors?q=pager`);
        await page.goForward();
        await nameField(page).waitFor();
        await page.keyboard.press('Escape');
        await page.waitForURL(`${app.url}/connectors?q=pager`);
        await eventually(() => page.evaluate('document.activeElement.dataset.testSubj')).toBe('edithook');
      });
    });

    test.each(['config', 'test', 'usage', 'executions'])('of no connector (%s) say so', async (name) => {
      await onPage({}, async (page) => {
        await page.goto(`/connectors/constructor/${name}`);
        await panel(page).getByText('There is no connector “constructor” in this space.').waitFor();
        await expectAccessible(page);
        await button(page, 'Show all connectors').click();
        await panel(page).waitFor({ state: 'detached' });
        await rowOf(page, 'hook').waitFor();
      });
    });
  });

  describe('what was typed', () => {
    test('is gone after it was discarded', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Never saved');
        await button(page, 'Close').last().click();
        await subject(page, 'closeConnectorEditConfirm').waitFor({ state: 'attached' });
        await subject(page, 'confirmModalConfirmButton').click();
        await panel(page).waitFor({ state: 'detached' });
        await subject(page, 'edithook').click();
        await nameField(page).waitFor();
        expect(await nameField(page).inputValue()).toBe('Ops pager');
      });
      expect((await stored('hook')).name).toBe('Ops pager');
    });

    test('is asked for before anything takes it away', async () => {
      await run('hook');
      await onPage({}, async (page) => {
        await subject(page, 'edithook').click();
        await nameField(page).fill('Half');
        for (const leave of [
          () => page.keyboard.press('Escape'),
          () => subject(page, 'edit-connector-flyout-close-btn').click(),
          () => button(page, 'Close').last().click(),
          () => page.goBack(),
          // Below the panel, where assistive technology may still find it.
          () => page.getByRole('link', { name: 'Health', includeHidden: true }).first().dispatchEvent('click'),
        ]) {
          await leave();
          await toConfirm(page).getByRole('button', { name: 'Keep editing' }).click();
          await toConfirm(page).waitFor({ state: 'detached' });
          expect(pathOf(page)).toBe('/connectors/hook/config');
          expect(await nameField(page).inputValue()).toBe('Half');
        }
        const asked = page.waitForEvent('dialog');
        // It never ends: the reader stays.
        void page.reload().catch(() => undefined);
        const dialog = await asked;
        expect(dialog.type()).toBe('beforeunload');
        await dialog.dismiss();
        expect(await nameField(page).inputValue()).toBe('Half');
      });
    });

    test('stays while other tabs are looked at, and a way out of them asks, too', async () => {
      await run('hook');
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Half');
        await tab(page, 'Test').click();
        await panel(page).getByText('A run takes the connector as it is stored.').waitFor();
        await tab(page, 'Executions').click();
        await panel(page).locator('[data-row-id]').getByRole('link').first().click();
        await toConfirm(page).getByRole('button', { name: 'Keep editing' }).click();
        expect(pathOf(page)).toBe('/connectors/hook/executions');
        await tab(page, 'Configuration').click();
        expect(await nameField(page).inputValue()).toBe('Half');
        await tab(page, 'Executions').click();
        await panel(page).locator('[data-row-id]').getByRole('link').first().click();
        await toConfirm(page).getByRole('button', { name: 'Discard changes' }).click();
        await page.waitForURL('**/executions/*');
      });
    });

    test('is not asked for when there is nothing to lose', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Half');
        await nameField(page).fill('Ops pager');
        await reloadUnasked(page);
        await saveAs(page, 'Saved');
        await reloadUnasked(page);
        await nameField(page).waitFor();
        for (const leave of [
          () => page.keyboard.press('Escape'),
          () => subject(page, 'edit-connector-flyout-close-btn').click(),
          () => page.goBack(),
        ]) {
          await page.goto('/connectors');
          await subject(page, 'edithook').click();
          await nameField(page).waitFor();
          await leave();
          await panel(page).waitFor({ state: 'detached' });
          expect(await toConfirm(page).count()).toBe(0);
        }
      });
    });
  });

  test('names and values are text, whoever wrote them', async () => {
    const config = { headers: { 'X-Mark': HOSTILE.slice(0, 43) } };
    await createHook('odd', { name: HOSTILE, config, tags: [HOSTILE] });
    await onPage({}, async (page) => {
      await openConfig(page, 'odd');
      await panel(page).getByRole('heading', { name: '<img src=x' }).waitFor();
      expect(await page.title()).toContain('[U+202E]');
      expect(await nameField(page).inputValue()).toBe(HOSTILE);
      await field(page, 'URL').fill('javascript:globalThis.ran = true');
      await save(page);
      await alertIn(page).waitFor();
      await page.keyboard.press('Escape');
      await toConfirm(page).getByRole('button', { name: 'Discard changes' }).click();
      await page.goto('/connectors/odd/usage');
      await panel(page).getByText('Nothing uses this connector').waitFor();
      await page.goto(`/connectors/${encodeURIComponent(HOSTILE)}/config`);
      await panel(page).getByText('There is no connector “<img src=x').waitFor();
      expect(await page.evaluate('typeof ran')).toBe('undefined');
    });
  });
});
