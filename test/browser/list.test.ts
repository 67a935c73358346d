import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/access/passwords.ts';
import { connectorRows } from '../../src/db/connectors.ts';
import { userRows } from '../../src/db/users.ts';
import { startTestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import {
  describeInBrowser,
  eventually,
  expectAccessible,
  expectToFit,
  rowOf,
  screenshot,
  testConsole,
} from './console.ts';

const HOSTILE = '<img src=x onerror="globalThis.ran = true"> \u202Egpj.exe';
const MANY = 10_000;
const READER = { username: 'reader', password: 'a password to read with' };

const app = await startTestApp({
  'xpack.actions.enabledActionTypes': ['.server-log', '.webhook', '.slack', '.nowhere'],
  'xpack.actions.preconfigured': {
    fixed: { name: 'Fixed log', actionTypeId: '.server-log' },
    odd: { name: 'Odd one', actionTypeId: '.nowhere', config: {} },
  },
  'patchbay.notices': [{ to: 'fixed', fallback: ['ops'], params: { message: 'x' } }],
});
const manyApp = await startTestApp({
  'xpack.actions.preconfigured': Object.fromEntries(
    Array.from({ length: MANY }, (_, index) => [
      `rack-${index}`,
      {
        name: `Rack ${index}`,
        actionTypeId: index % 2 === 0 ? '.server-log' : '.webhook',
        config: webhookConfig(index),
      },
    ]),
  ),
});
afterAll(() => manyApp.stop());
const { onPage } = testConsole(app);

function webhookConfig(index: number): Record<string, unknown> {
  return index % 2 === 0 ? {} : { url: 'http://127.0.0.1:1/', hasAuth: false };
}

const summary = (page: Page) => page.locator('[data-test-subj=connectorSummary]').innerText();
const names = (page: Page) => page.locator('[data-test-subj=connectorsTableCell-name] a').allInnerTexts();
const search = (page: Page) => page.getByRole('searchbox');
const query = (page: Page) => new URL(page.url()).search;

async function create(id: string, body: Record<string, unknown>, prefix = ''): Promise<void> {
  const all = { connector_type_id: '.server-log', ...body };
  const answer = await app.call('POST', `${prefix}/api/actions/connector/${id}`, all);
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
}

const execute = (id: string, params: unknown) => app.call('POST', `/api/actions/connector/${id}/_execute`, { params });

async function insertDirectly(id: string, name: string, typeId: string, isMissingSecrets: boolean): Promise<void> {
  await connectorRows(app.database.db.kysely).insert({
    id,
    spaceId: 'default',
    typeId,
    name,
    config: {},
    secrets: null,
    secretNames: [],
    isMissingSecrets,
    tags: [],
  });
}

describeInBrowser('the list of connectors', () => {
  beforeAll(async () => {
    const dead = { url: 'http://127.0.0.1:1/', hasAuth: false };
    await create('ops', { name: 'Ops pager', connector_type_id: '.webhook', config: dead, tags: ['on call', 'night'] });
    await create('audit', { name: 'Audit trail', tags: ['night'] });
    await create('hostile', { name: HOSTILE, tags: [HOSTILE] });
    await create('endless', { name: 'N'.repeat(1_000_000) });
    await create('mine', { name: 'Only in space ops' }, '/s/ops');
    await insertDirectly('imported', 'Imported chat', '.slack', true);
    await insertDirectly('off', 'Switched off', '.torq', false);
    const user = {
      username: READER.username,
      passwordHash: await hashPassword(READER.password),
      roles: ['actions_read'],
    };
    await userRows(app.database.db.kysely).insert(user);
    expect((await execute('ops', { body: '{}' })).body.status).toBe('error');
    expect((await execute('hostile', { message: 'x' })).body.status).toBe('ok');
    expect((await execute('audit', { message: 'x' })).body.status).toBe('ok');
    // Records of runs are stored a moment after the answer.
    const total = async () => (await app.call('GET', '/api/actions/executions')).body.total;
    await until(async () => (await total()) === 3, 'the runs are recorded');
  });

  describe('a row', () => {
    test('has name, id, tags, type and how the last run ended', async () => {
      await onPage({}, async (page) => {
        const ops = rowOf(page, 'ops');
        const text = await ops.innerText();
        for (const part of ['Ops pager', 'ops', 'on call', 'Webhook']) expect(text).toContain(part);
        expect(text).toMatch(/failed\s+(just now|\d+ (s|min) ago)/);
        expect(text).toContain('ECONNREFUSED');
        const [record] = (await app.call('GET', '/api/actions/executions?connector_id=ops')).body.data;
        const shownAt = Date.parse((await ops.locator('time').getAttribute('datetime'))!);
        expect(shownAt).toBeGreaterThanOrEqual(Date.parse(record.created_at));
        expect(await ops.locator('time').getAttribute('title')).toMatch(/\d:\d\d:\d\d/);
        expect(await rowOf(page, 'audit').innerText()).toMatch(/succeeded/);
        expect(await rowOf(page, 'endless').innerText()).toContain('never ran');
        expect(await ops.getAttribute('data-test-subj')).toBe('connectors-row');
      });
    });

    test('has the last 24 hours as a picture with its sums in words, and what uses the connector', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').getByRole('img', { name: '1 run in the last 24 hours, 1 failed' }).waitFor();
        await rowOf(page, 'audit').getByRole('img', { name: '1 run in the last 24 hours, none failed' }).waitFor();
        await rowOf(page, 'endless').getByRole('img', { name: 'No runs in the last 24 hours' }).waitFor();
        const used = rowOf(page, 'ops').getByRole('link', { name: /^1/ });
        expect(await used.getAttribute('title')).toMatch(/^notice “.+” \(as fallback\)$/);
        await used.click();
        await page.waitForURL('**/connectors/ops/usage');
      });
    });

    test('of a preconfigured connector says so and cannot be deleted', async () => {
      await onPage({}, async (page) => {
        const row = rowOf(page, 'fixed');
        await row.getByText('Preconfigured').waitFor();
        expect(await row.locator('[data-test-subj=deleteConnector]').count()).toBe(0);
        expect(await row.getByRole('checkbox').isDisabled()).toBe(true);
        expect(await rowOf(page, 'odd').innerText()).toMatch(/Preconfigured\s+Unknown type/);
      });
    });

    test('of a connector that cannot run says why, and leads to where it is mended', async () => {
      await onPage({}, async (page) => {
        const imported = rowOf(page, 'imported');
        await imported.getByText('Its secrets are missing: it was imported without them.').last().waitFor();
        await imported.getByText('Missing secrets').waitFor();
        expect(await imported.locator('[data-test-subj=runConnector]').getAttribute('aria-disabled')).toBe('true');
        const off = rowOf(page, 'off');
        expect(await off.innerText()).toMatch(/Disabled[\s\S]*cannot run[\s\S]*xpack\.actions\.enabledActionTypes/);
        expect(await off.locator('[data-test-subj=fixConnectorButton]').count()).toBe(0);
        await imported.locator('[data-test-subj=fixConnectorButton]').click();
        await page.waitForURL('**/connectors/imported/config');
      });
    });

    test('shows hostile names as text: markup, reversed direction, a million characters', async () => {
      await onPage({}, async (page) => {
        const name = rowOf(page, 'hostile').locator('[data-test-subj=connectorsTableCell-name] a');
        expect(await name.textContent()).toBe('<img src=x onerror="globalThis.ran = true"> [U+202E]gpj.exe');
        expect(await page.locator('main img').count()).toBe(0);
        expect(await page.evaluate('typeof ran')).toBe('undefined');
        expect(await rowOf(page, 'endless').locator('a').first().textContent()).toMatch(/^N{80}…$/);
        expect((await page.content()).length).toBeLessThan(300_000);
      });
    });

    test('leads to its panels, keeps the view, and is marked while its panel is open', async () => {
      await onPage({}, async (page) => {
        await page.goto('/connectors?q=audit');
        await page.locator('[data-test-subj=editaudit]').click();
        await page.waitForURL('**/connectors/audit/config?q=audit');
        await page.getByRole('dialog').waitFor();
        expect(await rowOf(page, 'audit').getAttribute('data-current')).toBe('true');
        await page.reload();
        await page.getByRole('dialog').waitFor();
        await page.keyboard.press('Escape');
        await page.waitForURL('**/connectors?q=audit');
        await eventually(() => names(page)).toEqual(['Audit trail']);
        await page.locator('[data-test-subj=runConnector]').click();
        await page.waitForURL('**/connectors/audit/test?q=audit');
      });
    });

    test('can be copied as code, with placeholders for secrets', async () => {
      await onPage({}, async (page, { context }) => {
        await context.grantPermissions(['clipboard-read', 'clipboard-write']);
        for (const [item, expected] of [
          ['curl command', 'curl -X POST'],
          ['Terraform resource', 'resource "elasticstack_kibana_action_connector"'],
          ['YAML for the settings', 'xpack.actions.preconfigured:'],
        ] as const) {
          await page.getByRole('button', { name: 'More actions for Ops pager' }).click();
          await page.getByRole('menuitem', { name: item }).click();
          await page.getByText(`Copied as ${item}`).waitFor();
          expect(await page.evaluate('navigator.clipboard.readText()')).toContain(expected);
        }
      });
    });
  });

  describe('searching and filtering', () => {
    test.each([
      ['PAGER', ['Ops pager']],
      ['imported', ['Imported chat']],
      ['slack', ['Imported chat']],
      ['on call', ['Ops pager']],
      ['trail night', ['Audit trail']],
    ])('finds by name, id, type and tag: %s', async (words, expected) => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        await search(page).fill(words);
        await eventually(() => names(page)).toEqual(expected);
        await eventually(() => summary(page)).toBe('1 of 8 connectors');
      });
    });

    test('stand in the address: they survive a reload, a panel and Back', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        await search(page).fill('a');
        await page.waitForURL('**/connectors?q=a');
        await page.getByRole('button', { name: 'Tags' }).click();
        await page.getByRole('checkbox', { name: 'night (2)' }).click();
        await page.keyboard.press('Escape');
        await page.locator('[data-test-subj=connectorTypeFilter]').click();
        await page.getByRole('checkbox', { name: 'Webhook (1)' }).click();
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Last run' }).click();
        await eventually(() => query(page)).toBe('?q=a&tag=night&type=.webhook&sort=-last');
        await eventually(() => names(page)).toEqual(['Ops pager']);
        await page.reload();
        await eventually(() => names(page)).toEqual(['Ops pager']);
        expect(await search(page).inputValue()).toBe('a');
        await page.getByRole('link', { name: 'Executions' }).click();
        await page.waitForURL('**/executions*');
        await page.goBack();
        await eventually(() => names(page)).toEqual(['Ops pager']);
        expect(query(page)).toBe('?q=a&tag=night&type=.webhook&sort=-last');
      });
    });

    test('counts in each menu what choosing would show beside the rest', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        await page.getByRole('button', { name: 'Health' }).click();
        const counts = () => page.getByRole('group', { name: 'Health' }).locator('label').allInnerTexts();
        const flat = async () => (await counts()).map((text) => text.replace(/\s+/g, ' ').trim());
        expect(await flat()).toEqual([
          'Failing 1',
          'Retrying 0',
          'Cannot run 3',
          'Working 2',
          'Cancelled 0',
          'Never ran 2',
        ]);
        await page.getByRole('checkbox', { name: 'Cannot run (3)' }).click();
        await page.keyboard.press('Escape');
        expect((await names(page)).sort()).toEqual(['Imported chat', 'Odd one', 'Switched off']);
        await page.locator('[data-test-subj=connectorTypeFilter]').click();
        await page.getByRole('checkbox', { name: 'Slack (1)' }).waitFor();
        await page.getByRole('checkbox', { name: 'Server log (0)' }).waitFor();
        await page.getByRole('checkbox', { name: 'Torq (1)' }).waitFor();
      });
    });

    test('say when nothing matches, and let go of everything with one button', async () => {
      await onPage({}, async (page) => {
        await page.goto('/connectors?q=nothing&type=.webhook');
        await page.getByRole('heading', { name: 'No connector matches' }).waitFor();
        await expectAccessible(page);
        await screenshot(page, 'list-no-match');
        await page.getByRole('button', { name: 'Clear search and filters' }).click();
        await eventually(() => summary(page)).toBe('8 connectors');
        expect(query(page)).toBe('');
        expect(await search(page).inputValue()).toBe('');
      });
    });

    test('keep what is typed before the list is there', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        const { promise: typed, resolve: goOn } = Promise.withResolvers<void>();
        await page.route('**/api/actions/connectors*', async (route) => {
          await typed;
          await route.continue();
        });
        await page.reload();
        await search(page).fill('pager');
        goOn();
        await rowOf(page, 'ops').waitFor();
        await eventually(() => names(page)).toEqual(['Ops pager']);
        await eventually(() => query(page)).toBe('?q=pager');
      });
    });

    test('sorts by every column, what matters most first', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        const sorted = () => page.locator('th[aria-sort]');
        expect(await sorted().getAttribute('aria-sort')).toBe('ascending');
        for (const [column, first] of [
          ['Last run', 'Audit trail'],
          ['24 hours', 'Ops pager'],
          ['Used by', 'Fixed log'],
        ] as const) {
          await page.getByRole('button', { name: column }).click();
          await eventually(async () => (await names(page))[0]).toBe(first);
          expect(await sorted().getAttribute('aria-sort')).toBe('descending');
        }
        await page.getByTitle('Sort by Type').click();
        await eventually(async () => (await names(page))[0]).toBe('Odd one');
      });
    });
  });

  describe('with the keyboard', () => {
    test('/ goes to the search, arrows to the next row, x selects, and panels give the focus back', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        await page.keyboard.press('/');
        await page.keyboard.type('night');
        await eventually(() => names(page)).toEqual(['Audit trail', 'Ops pager']);
        await page.locator('[data-test-subj=editaudit]').focus();
        await page.keyboard.press('ArrowDown');
        await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('Ops pager');
        await page.keyboard.press('x');
        await page.getByText('1 selected').waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('Ops pager');
      });
    });
  });

  describe('for somebody who may only read', () => {
    test('offers to look and to test, and says who may do more', async () => {
      await onPage({ signedIn: false }, async (page, { context }) => {
        await context.request.post('/internal/session', { data: READER, headers: { 'kbn-xsrf': 'test' } });
        await page.goto('/connectors');
        const row = rowOf(page, 'audit');
        await row.waitFor();
        expect(await page.locator('[data-test-subj=createConnectorButton]').count()).toBe(0);
        expect(await page.getByRole('button', { name: 'Import', exact: true }).count()).toBe(0);
        expect(await page.getByRole('checkbox').count()).toBe(0);
        expect(await row.locator('[data-test-subj=runConnector]').getAttribute('href')).toContain('audit/test');
        const trash = row.locator('[data-test-subj=deleteConnector]');
        expect(await trash.getAttribute('aria-label')).toMatch(/You may not delete connectors\. Ask an administrator/);
        await trash.click({ force: true });
        expect(await page.getByRole('dialog').count()).toBe(0);
        expect(await rowOf(page, 'imported').locator('[data-test-subj=fixConnectorButton]').count()).toBe(0);
        await page.goto('/s/nobody-was-here/connectors');
        await rowOf(page, 'fixed').waitFor();
      });
    });
  });

  describe('when something is slow or fails', () => {
    test('nothing moves while it is loading', async () => {
      await onPage({}, async (page) => {
        await page.addInitScript(`
          globalThis.moved = [];
          new PerformanceObserver((list) => moved.push(...list.getEntries().map((entry) =>
            entry.sources.map(({ node }) => node)
            .filter((node) => node instanceof Element && node.closest('main') !== null)
            .map((node) => node.outerHTML.slice(0, 200))).flat())).observe({ type: 'layout-shift', buffered: true });
        `);
        const { promise: looked, resolve: goOn } = Promise.withResolvers<void>();
        await page.route(/\/(api|internal)\/(actions|connectors)\//, async (route) => {
          await looked;
          await route.continue();
        });
        await page.reload();
        await page.locator('table[aria-busy=true]').waitFor();
        await screenshot(page, 'list-loading');
        goOn();
        await rowOf(page, 'ops').getByRole('img').waitFor();
        expect(await page.evaluate('moved')).toEqual([]);
      });
    });

    test('a list that cannot be loaded says why, and loads on the next try', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        await page.route('**/api/actions/connectors*', (route) => route.abort());
        await page.reload();
        await page.getByText('The server cannot be reached.').waitFor();
        await screenshot(page, 'list-failure');
        await page.unroute('**/api/actions/connectors*');
        await page.getByRole('button', { name: 'Try again' }).click();
        await rowOf(page, 'ops').waitFor();
      });
    });
  });

  test('belongs to the space of its address', async () => {
    await onPage({}, async (page) => {
      await rowOf(page, 'ops').waitFor();
      expect(await rowOf(page, 'mine').count()).toBe(0);
      await page.goto('/s/ops/connectors');
      await rowOf(page, 'mine').waitFor();
      expect(await rowOf(page, 'ops').count()).toBe(0);
    });
  });

  test('of 10,000 draws what is in sight, and searches, sorts and scrolls through all', async () => {
    await onPage({ base: manyApp.url }, async (page) => {
      await rowOf(page, 'rack-0').waitFor();
      await eventually(() => summary(page)).toBe('10,000 connectors');
      expect(await page.locator('[data-test-subj=connectors-row]').count()).toBeLessThan(100);
      await page.locator('[data-test-subj=editrack-0]').focus();
      await page.keyboard.press('End');
      await eventually(() => page.evaluate('document.activeElement.textContent')).toBe(`Rack ${MANY - 1}`);
      expect(await page.locator('[data-test-subj=connectors-row]').count()).toBeLessThan(100);
      await search(page).fill('rack 999 server');
      await eventually(() => summary(page)).toBe('5 of 10,000 connectors');
      await eventually(() => names(page)).toEqual(['0', '2', '4', '6', '8'].map((digit) => `Rack 999${digit}`));
    });
  });

  describe.each([
    ['light', 320],
    ['dark', 320],
    ['light', 1280],
    ['dark', 1280],
    ['dark', 2560],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('it fits and can be used by everybody', async () => {
      await onPage({ colorScheme, viewport: { width, height: 800 } }, async (page) => {
        await rowOf(page, 'ops').waitFor();
        await rowOf(page, 'ops').getByRole('checkbox').click();
        await expectToFit(page);
        await expectAccessible(page);
        await screenshot(page, `list-${colorScheme}-${width}`);
        await page.getByRole('button', { name: 'More actions for Ops pager' }).click();
        await page.getByRole('menuitem', { name: 'Export' }).waitFor();
        await expectAccessible(page);
        // What the columns say that have no room stands in the row all the same.
        expect(await rowOf(page, 'ops').innerText()).toContain('ECONNREFUSED');
      });
    });
  });
});
