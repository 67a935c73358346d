import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { addUser, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { freePort } from '../support/tcp-server.ts';
import { describeInBrowser, expectAccessible, expectToFit, rowOf, screenshot, testConsole } from './console.ts';

const SECRET = 'correct-horse-battery';

const target = await startTarget();
/** Nothing listens there. */
const closed = `http://127.0.0.1:${await freePort()}`;
const app = await startTestApp();
const few = await startTestApp({ 'xpack.actions.enabledActionTypes': ['.server-log', '.slack'] });
const { onPage, signIn } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog');
const button = (page: Page, name: string) => panel(page).getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => panel(page).getByRole('textbox', { name, exact: true });
const subject = (page: Page, name: string) => page.locator(`[data-test-subj="${name}"]`);
const card = (page: Page, type: string) => subject(page, `${type}-card`);
const save = (page: Page) => subject(page, 'create-connector-flyout-save-btn').click();
const idField = (page: Page) => field(page, 'Connector ID');
const path = (page: Page) => new URL(page.url()).pathname;
const toConfirm = (page: Page) => page.getByRole('dialog', { name: 'Leave without saving?' });
const stored = async (id: string) => (await app.call('GET', `/api/actions/connector/${id}?extended=true`)).body;

async function openForm(page: Page, type: string): Promise<void> {
  await page.goto(`/connectors/new/${type}`);
  await field(page, 'Connector name').waitFor();
}

/** A webhook to the target, with credentials. */
async function fillWebhook(page: Page, name: string, url = `${target.url}/hook`): Promise<void> {
  await field(page, 'Connector name').fill(name);
  await field(page, 'URL').fill(url);
  await field(page, 'Username').fill('ann');
  await field(page, 'Password').fill(SECRET);
}

describeInBrowser('creating a connector', () => {
  beforeEach(async () => {
    const { body } = await app.call('GET', '/api/actions/connectors');
    for (const { id } of body) await app.call('DELETE', `/api/actions/connector/${id}`);
    target.received.length = 0;
  });

  test('from the gallery: look at one type, go back, fill in another, save, find it in the list', async () => {
    await onPage({}, async (page) => {
      await page
        .getByRole('link', { name: 'Create connector' })
        .or(page.getByRole('button', { name: 'Create connector' }))
        .first()
        .click();
      await card(page, '.index').click();
      await panel(page).getByRole('heading', { name: 'Index connector' }).waitFor();
      expect(path(page)).toBe('/connectors/new/.index');
      await subject(page, 'create-connector-flyout-back-btn').click();
      await card(page, '.slack').click();
      await subject(page, 'nameInput').fill('Chat of the night shift');
      await field(page, 'Webhook URL').fill('https://hooks.slack.com/services/T000/B000/XXXX');
      await save(page);
      await page.getByText("Created 'Chat of the night shift'").waitFor();
      await panel(page).waitFor({ state: 'detached' });
      expect(path(page)).toBe('/connectors');
      await page.getByRole('searchbox').fill('Chat of the night shift');
      await expect.poll(() => page.locator('[data-row-id]').count()).toBe(1);
      expect(await rowOf(page, 'chat-of-the-night-shift').innerText()).toMatch(/Chat of the night shift[\s\S]*Slack/);
    });
  });

  describe('the gallery', () => {
    test('finds types by name and purpose, by shelf, and keeps that in the address', async () => {
      await onPage({}, async (page, { requests }) => {
        await page.getByRole('heading', { level: 1, name: 'Connectors' }).waitFor();
        await page.waitForLoadState('networkidle');
        requests.length = 0;
        await page.goto('/connectors/new');
        await panel(page).getByText('Send an HTTP request to any web service.').waitFor();
        // One call tells all of them.
        const ofTypes = requests.map((url) => new URL(url)).filter(({ pathname }) => /connector_type/.test(pathname));
        expect(ofTypes.map(({ pathname, search }) => pathname + search)).toEqual([
          '/api/actions/connector_types?extended=true',
        ]);
        const types = panel(page).getByRole('list', { name: 'Available connector types' });
        const { body: all } = await app.call('GET', '/api/actions/connector_types');
        expect(await types.getByRole('listitem').count()).toBe(all.length);
        // The search has the focus.
        await page.keyboard.type('pager');
        await expect
          .poll(() => types.getByRole('listitem').allInnerTexts())
          .toEqual([expect.stringMatching(/^.*PagerDuty/s)]);
        await expect.poll(() => new URL(page.url()).search).toBe('?find=pager');
        await page.reload();
        await expect.poll(() => types.getByRole('listitem').count()).toBe(1);
        await page.getByRole('searchbox', { name: 'Search types' }).fill('no such thing');
        await panel(page).getByText('No type matches “no such thing”.').waitFor();
        await button(page, 'Show all types').click();

        await panel(page)
          .getByRole('button', { name: /^Messaging/ })
          .click();
        await expect.poll(() => types.getByRole('listitem').count()).toBe(4);
        expect(new URL(page.url()).search).toBe('?category=messaging');
        await expectAccessible(page);
        await card(page, '.email').click();
        await field(page, 'Connector name').waitFor();
        await page.goBack();
        await expect.poll(() => types.getByRole('listitem').count()).toBe(4);
        await page.keyboard.press('Escape');
        await panel(page).waitFor({ state: 'detached' });
        expect(page.url()).toBe(`${app.url}/connectors`);
      });
    });

    test('leaves out what the settings leave out, and says which setting', async () => {
      await onPage({ base: few.url, signedIn: false }, async (page) => {
        await signIn(page);
        await page.goto('/connectors/new');
        const types = panel(page).getByRole('list', { name: 'Available connector types' });
        await expect.poll(() => types.getByRole('listitem').count()).toBe(2);
        await panel(page)
          .getByText(/Left out by the setting xpack\.actions\.enabledActionTypes: .*Webhook/)
          .waitFor();
        await page.goto('/connectors/new/.webhook');
        await panel(page).getByText('Add it to the setting xpack.actions.enabledActionTypes').waitFor();
        expect(await field(page, 'Connector name').count()).toBe(0);
      });
      await few.stop();
    });

    test('an unknown type and a reader without the right are told so', async () => {
      await addUser(app, 'reader', ['actions_read']);
      await onPage({}, async (page) => {
        await page.goto('/connectors/new/.nope');
        await panel(page).getByText('This server has no connector type “.nope”').waitFor();
        await panel(page).getByRole('link', { name: 'Choose another type' }).click();
        await card(page, '.slack').waitFor();
      });
      await onPage({ signedIn: false }, async (page) => {
        await page.goto('/login');
        await page.getByLabel('User name').fill('reader');
        await page.getByLabel('Password').fill('password of reader');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL((url) => !url.pathname.endsWith('/login'));
        await page.goto('/connectors/new/.webhook');
        await panel(page).getByText('You may not create connectors').waitFor();
        expect(await field(page, 'Connector name').count()).toBe(0);
      });
    });
  });

  describe('the id', () => {
    test('follows the name until it is typed, and is checked', async () => {
      const log = { name: 'x', connector_type_id: '.server-log' };
      await app.call('POST', '/api/actions/connector/disk-full', log);
      await app.call('POST', '/api/actions/connector/taken', log);
      await onPage({}, async (page) => {
        await openForm(page, '.server-log');
        await field(page, 'Connector name').fill('  Größe der Platte (EU) — ');
        expect(await idField(page).inputValue()).toBe('gro-e-der-platte-eu');
        await panel(page).getByText('Available.').waitFor();
        // One of that id exists: the next free one is suggested.
        await field(page, 'Connector name').fill('Disk full');
        await expect.poll(() => idField(page).inputValue()).toBe('disk-full-2');

        await idField(page).fill('Not valid!');
        await panel(page).getByText('Only lower-case letters, digits and hyphens').waitFor();
        await save(page);
        await panel(page).getByRole('alert').waitFor();
        await idField(page).fill('taken');
        await panel(page).getByText('“taken” is taken.').waitFor();
        await field(page, 'Connector name').fill('Other name');
        expect(await idField(page).inputValue()).toBe('taken');
        // Emptied, it follows the name again.
        await idField(page).fill('');
        expect(await idField(page).inputValue()).toBe('other-name');
        await save(page);
        await page.getByText("Created 'Other name'").waitFor();
      });
      expect((await stored('other-name')).name).toBe('Other name');
    });

    test('that somebody else took meanwhile is said at its field', async () => {
      await onPage({}, async (page) => {
        await openForm(page, '.server-log');
        await field(page, 'Connector name').fill('Race');
        await panel(page).getByText('Available.').waitFor();
        await idField(page).fill('race');
        await panel(page).getByText('Available.').waitFor();
        await app.call('POST', '/api/actions/connector/race', { name: 'first', connector_type_id: '.server-log' });
        await save(page);
        await panel(page).getByRole('alert').getByText('“race” is taken.').waitFor();
        expect(await idField(page).getAttribute('aria-invalid')).toBe('true');
      });
      expect((await stored('race')).name).toBe('first');
    });
  });

  describe('before saving', () => {
    test('the request is shown while it is typed, with secrets masked, and nothing is sent', async () => {
      await onPage({}, async (page) => {
        await openForm(page, '.webhook');
        await panel(page).getByText('Still to do: URL is required.').waitFor();
        await fillWebhook(page, 'Hook');
        await panel(page).getByText(`POST ${target.url}/hook`).waitFor();
        await panel(page).getByText('Basic ●●●').waitFor();
        expect(await panel(page).innerText()).not.toContain(SECRET);
        await panel(page).getByLabel('Method').selectOption('put');
        await panel(page).getByText(`PUT ${target.url}/hook`).waitFor();
        await screenshot(page, 'create-webhook');
        await expectAccessible(page);
      });
      expect(target.received).toEqual([]);
    });

    test('a test really sends, says how it went, and stores nothing', async () => {
      await onPage({}, async (page) => {
        await openForm(page, '.webhook');
        await fillWebhook(page, '');
        // Without a name: none is needed for a test.
        await button(page, 'Test').click();
        await subject(page, 'executionSuccessfulResult').waitFor();
        expect(target.received).toHaveLength(1);
        expect(Buffer.from(target.received[0]!.headers.authorization!.slice(6), 'base64').toString()).toBe(
          `ann:${SECRET}`,
        );
        expect(await panel(page).innerText()).not.toContain(SECRET);
        await screenshot(page, 'create-tested');

        await button(page, 'Change the parameters').click();
        await field(page, 'Body').fill('{"mine": 1}');
        await field(page, 'URL').fill(`${target.url}/status/404`);
        await button(page, 'Test').click();
        await subject(page, 'executionFailureResult').waitFor();
        expect(target.received.at(-1)!.body).toBe('{"mine": 1}');
        await expectAccessible(page);
        await field(page, 'URL').fill(closed);
        await button(page, 'Check the connection').click();
        await panel(page).getByText('The check failed').waitFor();
      });
      expect((await app.call('GET', '/api/actions/connectors')).body).toEqual([]);
      expect((await app.call('GET', '/api/actions/executions')).body.total).toBe(0);
    });

    test('with errors neither test nor save sends anything; both lead to what is wrong', async () => {
      await onPage({}, async (page) => {
        await openForm(page, '.webhook');
        for (const name of ['Test', 'Save', 'Check the connection', 'Save & test']) {
          await button(page, name).click();
          const alert = panel(page).getByRole('alert');
          await alert.getByRole('button', { name: 'URL is required.' }).waitFor();
          expect(await alert.evaluate((box) => box.matches(':focus'))).toBe(true);
        }
        await panel(page).getByRole('button', { name: 'URL is required.' }).click();
        expect(await field(page, 'URL').evaluate((input) => input.matches(':focus'))).toBe(true);
        // What only the server knows arrives at its field as well, also from a test.
        await fillWebhook(page, 'Bad', 'ftp://example.com');
        await button(page, 'Test').click();
        await expect.poll(() => field(page, 'URL').getAttribute('aria-invalid')).toBe('true');
      });
      expect(target.received).toEqual([]);
    });

    test('a check is offered by types that have one, before saving and after', async () => {
      const body = { name: 'Log', connector_type_id: '.server-log' };
      await app.call('POST', '/api/actions/connector/uncheckable', body);
      await onPage({}, async (page) => {
        await openForm(page, '.webhook');
        await button(page, 'Check the connection').waitFor();
        await openForm(page, '.server-log');
        expect(await button(page, 'Check the connection').count()).toBe(0);
        await page.goto('/connectors/uncheckable/test');
        await button(page, 'Run').waitFor();
        expect(await button(page, 'Check the connection').count()).toBe(0);
      });
    });
  });

  test('asks before what was typed is lost, and never when nothing was', async () => {
    await onPage({}, async (page) => {
      await openForm(page, '.webhook');
      await page.keyboard.press('Escape');
      await panel(page).waitFor({ state: 'detached' });

      // Through the gallery, as Back to another document is the browser's to ask about.
      await page.goto('/connectors/new');
      await card(page, '.webhook').click();
      await field(page, 'URL').fill('https://example.com');
      for (const leave of [
        () => page.keyboard.press('Escape'),
        () => subject(page, 'create-connector-flyout-close-btn').click(),
        () => subject(page, 'create-connector-flyout-back-btn').click(),
        () => page.goBack(),
      ]) {
        await leave();
        await toConfirm(page).getByRole('button', { name: 'Keep editing' }).click();
        await toConfirm(page).waitFor({ state: 'detached' });
        expect(await field(page, 'URL').inputValue()).toBe('https://example.com');
      }
      const asked = page.waitForEvent('dialog');
      const reload = page.reload().catch(() => undefined);
      const dialog = await asked;
      expect(dialog.type()).toBe('beforeunload');
      await dialog.accept();
      await reload;
      await field(page, 'Connector name').waitFor();
      await field(page, 'URL').fill('https://example.com');
      await page.keyboard.press('Escape');
      await toConfirm(page).getByRole('button', { name: 'Discard changes' }).click();
      await panel(page).waitFor({ state: 'detached' });
    });
  });

  test('“Save & test” goes on to the test of what was saved', async () => {
    await onPage({}, async (page) => {
      await openForm(page, '.webhook');
      await fillWebhook(page, 'Hook to test');
      await subject(page, 'create-connector-flyout-save-test-btn').click();
      await page.getByText("Created 'Hook to test'").waitFor();
      await page.waitForURL(/\/connectors\/hook-to-test\/test$/);
      await button(page, 'Run').click();
      await subject(page, 'executionSuccessfulResult').waitFor();
    });
    const { config, configured_secrets } = await stored('hook-to-test');
    expect(config).toMatchObject({ url: `${target.url}/hook`, method: 'post', hasAuth: true });
    expect(configured_secrets).toEqual(['password', 'user']);
  });

  test('a draft can be copied as code, with placeholders for secrets', async () => {
    await onPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await openForm(page, '.webhook');
      await fillWebhook(page, `Bob's hook`, 'https://example.com/x?a=1&b=2');
      const copy = async (kind: string) => {
        await panel(page).getByRole('button', { name: 'Copy as code: the connector' }).click();
        await page.getByRole('menuitem', { name: kind }).click();
        await page.getByText(`Copied as ${kind}`).first().waitFor();
        return page.evaluate('navigator.clipboard.readText()') as Promise<string>;
      };
      const [curl, terraform, yaml] = [await copy('curl'), await copy('Terraform'), await copy('YAML')];
      for (const code of [curl, terraform, yaml]) expect(code).not.toContain(SECRET);
      expect(curl).toContain(`curl -X POST '${app.url}/api/actions/connector/bob-s-hook'`);
      expect(curl).toContain(`"name": "Bob'\\''s hook"`);
      expect(curl).toContain('"password": "<password>"');
      expect(terraform).toContain('resource "elasticstack_kibana_action_connector" "bob_s_hook" {');
      expect(terraform).toContain('password = var.bob_s_hook_password');
      expect(terraform).toContain(
        'terraform import elasticstack_kibana_action_connector.bob_s_hook default/bob-s-hook',
      );
      expect(yaml).toContain(`  bob-s-hook:\n    name: "Bob's hook"\n    actionTypeId: ".webhook"\n    config:\n`);
      expect(yaml).toContain(`      password: "\${BOB_S_HOOK_PASSWORD}"`);
    });
  });

  test('a server that fails says so above the form, and nothing typed is lost', async () => {
    await onPage({}, async (page) => {
      await openForm(page, '.server-log');
      await field(page, 'Connector name').fill('Later');
      await panel(page).getByText('Available.').waitFor();
      await page.context().setOffline(true);
      await save(page);
      await panel(page).getByRole('alert').getByText('The server cannot be reached.').waitFor();
      await page.context().setOffline(false);
      await save(page);
      await page.getByText("Created 'Later'").waitFor();
    });
    expect((await stored('later')).name).toBe('Later');
  });

  test('every type has a form that anybody can use, beside its steps', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types');
    await onPage({}, async (page) => {
      for (const { id, name } of types) {
        await openForm(page, id);
        expect(await page.title()).toBe(`New ${name} connector · Patchbay`);
        await expectAccessible(page, id);
      }
    });
  }, 120_000);

  test.each([
    [320, 'dark'],
    [1280, 'light'],
    [2560, 'dark'],
  ] as const)('fits into %i pixels, in %s', async (width, colorScheme) => {
    await onPage({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
      await page.goto('/connectors/new');
      await panel(page).getByText('Send an HTTP request to any web service.').waitFor();
      await expectToFit(page);
      await expectAccessible(page);
      await screenshot(page, `gallery-${width}-${colorScheme}`);
      await openForm(page, '.email');
      await expectToFit(page);
      await screenshot(page, `create-${width}-${colorScheme}`);
    });
  });
});
