import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ELASTIC_USER, elasticsearch } from '../../simulators/elasticsearch.ts';
import { startSimulator } from '../../simulators/harness.ts';
import { addUser, basic, create, folderWith, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, screenshot, testConsole } from './console.ts';

const SECRET = 'correct-horse-battery';

/** A type with several actions, one of which cannot be undone, and a rule that only the server knows. */
const STORE = `
  export default ({ defineConnectorType, action, z, f }) => defineConnectorType({
    id: 'store', name: 'Store', description: 'For tests.', category: 'generic', features: ['alerting'], minimumLicense: 'basic',
    config: z.strictObject({ url: f.url('URL') }),
    secrets: z.strictObject({}),
    style: 'subAction',
    actions: {
      look: action(z.strictObject({}), async ({ http }) => (await http.get('/look')).status, { description: 'Changes nothing.' }),
      addItem: action(z.strictObject({
        item: f.text('Item'),
        count: f.of(z.number().int().min(1).max(9).refine((count) => count !== 7, 'Seven is taken: choose another number.'), 'Count').optional(),
        more: f.of(z.looseObject({}), 'More', undefined, { widget: 'json' }).optional(),
      }), async ({ http, params }) => (await http.post('/add', { json: params })).status),
      wipe: action(z.strictObject({ reason: f.text('Reason') }),
        async ({ http, params }) => (await http.post('/wipe', { json: params })).status, { destructive: true }),
    },
    sample: { config: { url: 'http://localhost:1/' }, secrets: {}, params: { subAction: 'addItem', subActionParams: { item: 'apple', count: 2 } } },
  });`;

const target = await startTarget();
const elastic = await startSimulator(elasticsearch);
afterAll(() => elastic.close());
const app = await startTestApp({
  'elasticsearch.hosts': [elastic.url],
  'elasticsearch.username': ELASTIC_USER.user,
  'elasticsearch.password': ELASTIC_USER.password,
  'patchbay.connectorTypes': [`${await folderWith({ 'store.ts': STORE })}/*.ts`],
});
const { onPage } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog').first();
const button = (page: Page, name: string) => panel(page).getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => panel(page).getByRole('textbox', { name, exact: true });
const subject = (page: Page, name: string) => page.locator(`[data-test-subj="${name}"]`);
const tab = (page: Page, name: string) => panel(page).getByRole('tab', { name, exact: true });
const shown = (page: Page, name: string) => panel(page).getByRole('tabpanel', { name, exact: true });
const run = (page: Page) => subject(page, 'executeActionButton');
const succeeded = (page: Page) => subject(page, 'executionSuccessfulResult');
const failed = (page: Page) => subject(page, 'executionFailureResult');
const errors = (page: Page) => panel(page).getByRole('alert').filter({ hasText: 'There are errors in the form' });
const isFocused = (box: { matches(selector: string): boolean }) => box.matches(':focus');
const paths = () => target.received.map(({ url }) => url);

const hook = (path = '/hook') =>
  create(app, {
    name: 'Ops hook',
    connector_type_id: '.webhook',
    config: { url: target.url + path, headers: { 'X-Team': 'ops' } },
    secrets: { user: 'ann', password: SECRET },
  });
const store = () =>
  create(app, { name: 'Store', connector_type_id: 'store', config: { url: target.url }, secrets: {} });

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/connectors/${id}/test`);
  await run(page).waitFor();
}

/** Exports and imports a connector: what is secret is lost on the way. */
async function withoutSecrets(id: string): Promise<void> {
  const { text } = await app.call('POST', '/api/saved_objects/_export', { objects: [{ type: 'action', id }] });
  await app.call('DELETE', `/api/actions/connector/${id}`);
  const body = new FormData();
  body.append('file', new File([text], 'export.ndjson'));
  const headers = { authorization: basic(app.admin.username, app.admin.password), 'kbn-xsrf': 'x' };
  const answer = await fetch(`${app.url}/api/saved_objects/_import`, { method: 'POST', body, headers });
  expect(await answer.json()).toMatchObject({ success: true });
}

describeInBrowser('the test of a connector', () => {
  beforeEach(() => {
    target.received.length = 0;
  });

  test('of an index: an object goes in, a bare text does not', async () => {
    const config = { index: 'alerts' };
    const id = await create(app, { name: 'Alerts', connector_type_id: '.index', config, secrets: {} });
    await onPage({}, async (page) => {
      await open(page, id);
      expect(JSON.parse(await field(page, 'Documents').inputValue())).toEqual([{ host: 'host-1', disk: 93 }]);
      await field(page, 'Documents').fill('[{"message": "Disk full"}]');
      await run(page).click();
      await succeeded(page).getByText('Test was successful').waitFor();
      expect(elastic.requests.at(-1)!.text).toContain('{"message":"Disk full"}');

      await field(page, 'Documents').fill('["Disk full"]');
      await run(page).click();
      await failed(page).getByText('Test failed to run').waitFor();
      await eventually(() => field(page, 'Documents').getAttribute('aria-invalid')).toBe('true');

      // What is no list at all is said before anything is sent.
      await field(page, 'Documents').fill('"Disk full"');
      await run(page).click();
      await errors(page).getByText('This must be a list: […].').waitFor();
      await field(page, 'Documents').fill('[{"message": ');
      await run(page).click();
      await errors(page).getByText('This is not valid JSON').waitFor();
      expect(elastic.requests).toHaveLength(1);
      await field(page, 'Documents').fill('[{"a":1}]');
      await button(page, 'Format').click();
      expect(await field(page, 'Documents').inputValue()).toBe('[\n  {\n    "a": 1\n  }\n]');
    });
  });

  test('shows the request before it is sent, masked, and the same afterwards', async () => {
    const id = await hook();
    await onPage({}, async (page) => {
      await open(page, id);
      const request = shown(page, 'Request');
      await request.getByText(`POST ${target.url}/hook`).waitFor();
      await request.getByText('Basic ●●●').waitFor();
      await request.getByText('X-Team').waitFor();
      await request.getByText('"disk": 93').waitFor();
      await field(page, 'Body').fill('{"mine": 1}');
      await request.getByText('"mine": 1').waitFor();
      const before = await request.innerText();
      expect(before).not.toContain(SECRET);
      expect(target.received).toEqual([]);

      await run(page).click();
      await succeeded(page).waitFor();
      expect(target.received.map(({ body }) => body)).toEqual(['{"mine": 1}']);
      expect(target.received[0]!.headers.authorization).toBe(basic('ann', SECRET));
      await tab(page, 'Request').click();
      expect(await request.innerText()).toBe(before);
      expect(await page.content()).not.toContain(SECRET);
    });
  });

  test.each([
    ['/hook', 'ok', '200', undefined],
    ['/status/503', 'error', '503', 'Trying again can help.'],
    ['/status/404', 'error', '404', undefined],
  ])('answers of %s: status, time, whether to try again, and all of it to copy', async (path, status, code, retry) => {
    const id = await hook(path);
    await onPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await open(page, id);
      await tab(page, 'Answer').click();
      await subject(page, 'executionAwaiting').waitFor();
      await run(page).click();
      await (status === 'ok' ? succeeded(page) : failed(page)).waitFor();
      const answer = shown(page, 'Answer');
      const fact = (name: string) => answer.getByRole('term').filter({ hasText: name }).locator('+ dd').first();
      expect(await fact('Status').innerText()).toBe(code);
      expect(await fact('Duration').innerText()).toMatch(/^[\d.,]+ m?s$/);
      expect(await answer.getByText('Trying again').allInnerTexts()).toEqual(retry === undefined ? [] : [retry]);

      await subject(page, 'executionResultCodeBlock').getByRole('button', { name: 'Copy' }).click();
      const copied = JSON.parse((await page.evaluate('navigator.clipboard.readText()')) as string);
      expect(copied).toMatchObject({ connector_id: id, status, response: { status: Number(code) } });
      expect(JSON.stringify(copied)).not.toContain(SECRET);

      await answer.getByRole('link', { name: 'Open in the log' }).click();
      await page.waitForURL(`**/executions/${copied.execution_id}`);
      await panel(page)
        .getByRole('heading', { name: status === 'ok' ? 'Succeeded' : 'Failed' })
        .waitFor();
    });
  });

  describe('is not possible', () => {
    test('while the configuration has changes that are not saved', async () => {
      const id = await hook();
      await onPage({}, async (page) => {
        await page.goto(`/connectors/${id}/config`);
        await field(page, 'Connector name').fill('Other name');
        await subject(page, 'testConnectorTab').click();
        await panel(page).getByText('Save your changes under “Configuration” first').waitFor();
        expect(await run(page).isDisabled()).toBe(true);
        expect(await button(page, 'Check the connection').isDisabled()).toBe(true);
        await screenshot(page, 'test-unsaved');
        await expectAccessible(page);

        await subject(page, 'configureConnectorTab').click();
        await field(page, 'Connector name').fill('Ops hook');
        await subject(page, 'testConnectorTab').click();
        await run(page).click();
        await succeeded(page).waitFor();
      });
      expect(target.received).toHaveLength(1);
    });

    test('by the Enter key either', async () => {
      const id = await store();
      await onPage({}, async (page) => {
        await page.goto(`/connectors/${id}/config`);
        await field(page, 'Connector name').fill('Other name');
        await subject(page, 'testConnectorTab').click();
        await field(page, 'Item').press('Enter');
        await panel(page).getByRole('combobox', { name: 'Action', exact: true }).selectOption('Wipe');
        await field(page, 'Reason').fill('tidy');
        await field(page, 'Reason').press('Enter');
        await shown(page, 'Request').getByText('POST').waitFor();
        expect(await page.getByRole('dialog').count()).toBe(1);
      });
      expect(target.received).toEqual([]);
    });

    test('while the secrets are missing', async () => {
      const id = await hook();
      await withoutSecrets(id);
      await onPage({}, async (page) => {
        await open(page, id);
        await panel(page).getByText('The secrets of this connector are missing, so nothing can be run.').waitFor();
        expect(await run(page).isDisabled()).toBe(true);
        await screenshot(page, 'test-missing-secrets');
      });
      expect(target.received).toEqual([]);
    });

    test('for a role that may not, while a reader may', async () => {
      const id = await hook();
      await addUser(app, 'tester', ['actions_read']);
      await addUser(app, 'stranger', []);
      const signedInAs = async (page: Page, name: string) => {
        await page.goto('/login');
        await page.getByLabel('User name').fill(name);
        await page.getByLabel('Password').fill(`password of ${name}`);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL((url) => !url.pathname.endsWith('/login'));
      };
      await onPage({ signedIn: false }, async (page) => {
        await signedInAs(page, 'tester');
        await open(page, id);
        await run(page).click();
        await succeeded(page).waitFor();
      });
      expect(target.received).toHaveLength(1);
      await onPage({ signedIn: false }, async (page) => {
        await signedInAs(page, 'stranger');
        await page.goto(`/connectors/${id}/test`);
        await panel(page).getByText('Unauthorized to get actions').waitFor();
        expect(await run(page).count()).toBe(0);
      });
    });
  });

  describe('its parameters', () => {
    test('begin with the sample, which can be taken again', async () => {
      const id = await store();
      await onPage({}, async (page) => {
        await open(page, id);
        expect(await field(page, 'Item').inputValue()).toBe('apple');
        expect(await button(page, 'Take the sample again').count()).toBe(0);
        await field(page, 'Item').fill('pear');
        await field(page, 'More').fill('{"ripe": true}');
        await run(page).click();
        await succeeded(page).waitFor();
        await button(page, 'Take the sample again').click();
        expect(await field(page, 'Item').inputValue()).toBe('apple');
        expect(await field(page, 'More').inputValue()).toBe('');
        expect(await button(page, 'Take the sample again').count()).toBe(0);
        await field(page, 'Item').press('Enter');
        await eventually(() => target.received.map(({ body }) => JSON.parse(body))).toEqual([
          { item: 'pear', count: 2, more: { ripe: true } },
          { item: 'apple', count: 2 },
        ]);
      });
    });

    test('that are wrong are said at their field, by the page and by the server', async () => {
      const id = await store();
      await onPage({}, async (page) => {
        await open(page, id);
        await field(page, 'Item').fill('');
        await field(page, 'Count').fill('12');
        await field(page, 'More').fill('{"ripe": ');
        await shown(page, 'Request').getByText('Still to do: Item is required.').waitFor();
        await run(page).click();
        await eventually(() => errors(page).evaluate(isFocused)).toBe(true);
        expect(await errors(page).getByRole('listitem').allInnerTexts()).toEqual([
          'Item is required.',
          'Count: Enter 9 or less.',
          expect.stringMatching(/^More: This is not valid JSON: /),
        ]);
        for (const name of ['Item', 'Count', 'More']) {
          expect(await field(page, name).getAttribute('aria-invalid')).toBe('true');
        }
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        expect(await field(page, 'Item').evaluate(isFocused)).toBe(true);
        await screenshot(page, 'test-problems');
        await expectAccessible(page);

        await page.keyboard.type('plum');
        await field(page, 'More').fill('');
        await field(page, 'Count').fill('7');
        await shown(page, 'Request').getByText('Seven is taken: choose another number.').waitFor();
        await run(page).click();
        await failed(page).waitFor();
        await errors(page).getByRole('button', { name: 'Count: Seven is taken' }).click();
        expect(await field(page, 'Count').evaluate(isFocused)).toBe(true);
        expect(target.received).toEqual([]);
        await field(page, 'Count').fill('8');
        await eventually(() => field(page, 'Count').getAttribute('aria-invalid')).not.toBe('true');
        await run(page).click();
        await succeeded(page).waitFor();
      });
    });

    test('are those of the chosen action; one that cannot be undone asks first', async () => {
      const id = await store();
      await onPage({}, async (page) => {
        await open(page, id);
        const action = panel(page).getByRole('combobox', { name: 'Action', exact: true });
        expect(await action.locator('option').allInnerTexts()).toEqual(['Add item', 'Look', 'Wipe']);
        await field(page, 'Item').fill('pear');
        await action.selectOption('Look');
        await panel(page).getByText('Changes nothing.').waitFor();
        await panel(page).getByText('This action takes no parameters.').waitFor();
        await run(page).click();
        await succeeded(page).waitFor();

        await action.selectOption('Wipe');
        await panel(page).getByText('This action changes or deletes something').waitFor();
        expect(await succeeded(page).count()).toBe(0);
        await field(page, 'Reason').fill('tidy');
        const question = page.getByRole('dialog', { name: 'Run an action that cannot be undone?' });
        await run(page).click();
        await question.getByText('“Wipe” changes or deletes something at the target.').waitFor();
        await expectAccessible(page);
        await question.getByRole('button', { name: 'Cancel' }).click();
        await field(page, 'Reason').press('Enter');
        await page.keyboard.press('Escape');
        await question.waitFor({ state: 'detached' });
        expect(paths()).toEqual(['/look']);
        await run(page).click();
        await question.getByRole('button', { name: 'Run' }).click();
        await succeeded(page).waitFor();
        expect(paths()).toEqual(['/look', '/wipe']);

        // What was typed for one action is still there after another.
        await action.selectOption('Add item');
        expect(await field(page, 'Item').inputValue()).toBe('pear');
      });
    });

    test.each([
      ['.slack_api', { 'Post message': 'Message', 'Valid channel id': 'Channel ID', 'Post blockkit': 'Block Kit' }],
      ['.jira-service-management', { 'Create alert': 'Message', 'Close alert': 'Alias' }],
    ])('of %s: each of its actions has a form', async (type, actions) => {
      const { config, secrets } = (await app.call('GET', `/api/actions/connector_type/${type}`)).body.sample;
      const id = await create(app, { name: type, connector_type_id: type, config, secrets });
      await onPage({}, async (page) => {
        await open(page, id);
        const action = panel(page).getByRole('combobox', { name: 'Action', exact: true });
        expect(await action.locator('option').allInnerTexts()).toEqual(Object.keys(actions));
        for (const [name, first] of Object.entries(actions)) {
          await action.selectOption(name);
          await field(page, first).waitFor();
          await expectAccessible(page, `${type} ${name}`);
        }
      });
    });

    test('of PagerDuty depend on what the event does', async () => {
      const { config, secrets } = (await app.call('GET', '/api/actions/connector_type/.pagerduty')).body.sample;
      const id = await create(app, { name: 'Pager', connector_type_id: '.pagerduty', config, secrets });
      await onPage({}, async (page) => {
        await open(page, id);
        await shown(page, 'Request').getByText('"event_action": "trigger"').waitFor();
        await field(page, 'Summary').waitFor();
        await panel(page).getByLabel('Event action').selectOption('Resolve');
        await shown(page, 'Request').getByText('"event_action": "resolve"').waitFor();
        expect(await field(page, 'Summary').count()).toBe(0);
        expect(await shown(page, 'Request').innerText()).not.toContain(secrets.routingKey);
      });
    });
  });
});
