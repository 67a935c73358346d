import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { addUser, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, expectAccessible, expectToFit, rowOf, screenshot, testConsole } from './console.ts';
import {
  button,
  connectorsOf,
  field,
  HOSTILE,
  nameField,
  openConfig,
  panel,
  SECRET,
  saveAs,
  saveButton,
  subject,
} from './edit-panel.ts';

const target = await startTarget();
const config = { url: `${target.url}/fixed` };
const fixed = { actionTypeId: '.webhook', config, secrets: { user: 'fixed', password: SECRET } };
const app = await startTestApp({
  'xpack.actions.preconfigured': {
    fixed: { name: 'Fixed hook', ...fixed },
    shown: { name: 'Shown hook', ...fixed, exposeConfig: true },
  },
  'patchbay.notices': [
    { to: 'hook', params: { body: '{}' } },
    { to: 'fixed', fallback: ['hook'], params: { body: '{}' } },
  ],
});
// Another server on the same data, which was told to do without webhooks.
const few = await startTestApp({ 'xpack.actions.enabledActionTypes': ['.server-log'] }, app.database);
await addUser(app, 'reader', ['actions_read']);
afterAll(() => few.stop());
const { onPage } = testConsole(app);
const { create, createHook, removeAll, run, stored } = connectorsOf(app, target);

async function signInAsReader(page: Page): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('User name').fill('reader');
  await page.getByLabel('Password').fill('password of reader');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}

/** Fails when there is anything that could be typed into, or a way to save it. */
async function expectReadOnly(page: Page): Promise<void> {
  expect(await saveButton(page).count()).toBe(0);
  for (const input of await panel(page).locator('input:not([type=hidden]), textarea, select').all()) {
    expect([await input.getAttribute('id'), await input.isEditable()]).toEqual([expect.anything(), false]);
  }
  expect(
    await panel(page)
      .getByRole('button', { name: /^(Edit|Remove|Add) / })
      .count(),
  ).toBe(0);
}

describeInBrowser('the panel of a connector', () => {
  beforeEach(async () => {
    await removeAll();
    await createHook('hook');
  });

  describe('of the settings', () => {
    test('says so and keeps its values to itself', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'fixed').waitFor();
        expect(await rowOf(page, 'fixed').locator('[data-test-subj=deleteConnector]').count()).toBe(0);
        await subject(page, 'editfixed').click();
        await panel(page).getByRole('heading', { name: 'Fixed hook' }).waitFor();
        expect(await subject(page, 'preconfiguredBadge').innerText()).toBe('Preconfigured');
        await panel(page).getByText('Change xpack.actions.preconfigured.fixed in the settings').waitFor();
        await panel(page).getByText('exposeConfig: true shows it here').waitFor();
        expect(await panel(page).locator('input, textarea, select').count()).toBe(0);
        await expectReadOnly(page);
        expect(await page.content()).not.toContain(config.url);
        await expectAccessible(page);
        await screenshot(page, 'edit-preconfigured');
        await page.keyboard.press('Escape');
        await panel(page).waitFor({ state: 'detached' });
      });
    });

    test('shows its values where the settings allow that, to be read only', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'shown');
        expect(await field(page, 'URL').inputValue()).toBe(config.url);
        await panel(page).getByText('Password', { exact: true }).waitFor();
        await expectReadOnly(page);
        expect(await panel(page).getByText('exposeConfig').count()).toBe(0);
        await expectAccessible(page);
        await screenshot(page, 'edit-preconfigured-shown');
      });
    });
  });

  test('for readers shows everything and changes nothing', async () => {
    await createHook('tagged', { name: 'Tagged', config: { headers: { 'X-One': '1' } }, tags: ['night'] });
    await onPage({ signedIn: false }, async (page) => {
      await signInAsReader(page);
      await openConfig(page, 'tagged');
      await panel(page).getByText('Your role allows looking at connectors, but not changing them.').waitFor();
      expect(await nameField(page).inputValue()).toBe('Tagged');
      expect(await field(page, 'Value 1 of Headers').inputValue()).toBe('1');
      // That there is a password is no secret.
      expect(await panel(page).getByText('Set; it is never shown').count()).toBe(2);
      await panel(page).getByText('night', { exact: true }).waitFor();
      await expectReadOnly(page);
      // The form cannot be sent with the keyboard either.
      await nameField(page).press('Enter');
      await expectAccessible(page);
      await screenshot(page, 'edit-reader');
      await page.keyboard.press('Escape');
      await panel(page).waitFor({ state: 'detached' });
      expect(await page.getByText('There is nothing to save').count()).toBe(0);
    });
  });

  test('of a type that is switched off says which setting does that', async () => {
    await onPage({ base: few.url }, async (page) => {
      await openConfig(page, 'hook');
      await panel(page).getByText('The type of this connector is disabled').waitFor();
      await panel(page).getByText('Add .webhook to the setting xpack.actions.enabledActionTypes.').waitFor();
      expect(await field(page, 'URL').inputValue()).toBe(`${target.url}/hook`);
      await expectReadOnly(page);
      await expectAccessible(page);
      await screenshot(page, 'edit-disabled');
    });
  });

  test('lists the notices that go through it, by role', async () => {
    await create('log', { name: 'Log', connector_type_id: '.server-log' });
    await onPage({}, async (page) => {
      await page.goto('/connectors/hook/usage');
      const uses = panel(page).getByRole('table', { name: 'Uses of this connector' }).getByRole('row');
      await uses.nth(2).waitFor();
      const shown = (await uses.allInnerTexts()).slice(1).map((row) => row.split('\t').slice(1));
      expect(shown).toEqual([
        ['Notice', 'Recipient'],
        ['Notice', 'When others fail'],
      ]);
      await expectAccessible(page);
      await screenshot(page, 'edit-usage');
      await page.goto('/connectors/log/usage');
      await panel(page).getByText('Nothing uses this connector').waitFor();
      await expectAccessible(page);
    });
  });

  test('lists its own executions only', async () => {
    await createHook('other', { name: 'Other' });
    await run('hook');
    await run('other');
    await onPage({}, async (page) => {
      await page.goto('/connectors/other/executions');
      await panel(page).locator('[data-row-id]').first().waitFor();
      expect(await panel(page).locator('[data-row-id]').count()).toBe(1);
      await screenshot(page, 'edit-executions');
    });
  });

  test('of every type shows what is stored, hides what is secret, and saves a new name without it', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types');
    await onPage({}, async (page) => {
      for (const { id: type, name } of types) {
        const { body } = await app.call('GET', `/api/actions/connector_type/${type}`);
        const { config: values = {}, secrets = {} } = body.sample;
        const id = `of${type.replaceAll(/[^a-z0-9]/g, '-')}`;
        await create(id, { name, connector_type_id: type, config: values, secrets });
        const before = await stored(id);
        await openConfig(page, id);
        const inputs = panel(page).locator('input, textarea');
        const shown = await inputs.evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
        for (const secret of Object.values(secrets))
          expect([type, shown]).not.toEqual([type, expect.arrayContaining([secret])]);
        await saveAs(page, `${name} renamed`);
        const { config: kept, configured_secrets: names } = await stored(id);
        expect([type, kept, names]).toEqual([type, before.config, before.configured_secrets]);
      }
    });
  }, 120_000);

  test.each([
    [320, 'light'],
    [320, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
    [2560, 'light'],
    [2560, 'dark'],
  ] as const)('fits into %i pixels, in %s', async (width, colorScheme) => {
    await createHook('odd', { name: `${HOSTILE} ${'long'.repeat(40)}`, tags: ['night', 'x'.repeat(90)] });
    await run('odd');
    await onPage({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
      await openConfig(page, 'odd');
      await button(page, 'Edit Password').click();
      const tabs = [
        ['config', 'configureConnectorTab', nameField(page)],
        ['test', 'testConnectorTab', button(page, 'Run')],
        ['usage', 'rulesConnectorTab', panel(page).getByText('Nothing uses this connector')],
        ['executions', 'executionsConnectorTab', panel(page).locator('[data-row-id]').first()],
      ] as const;
      for (const [tab, link, content] of tabs) {
        await subject(page, link).click();
        await content.waitFor();
        await expectToFit(page, `${tab} ${width}`);
        await expectAccessible(page, `${tab} ${width} ${colorScheme}`);
        await screenshot(page, `edit-${tab}-${width}-${colorScheme}`);
      }
    });
  });
});
