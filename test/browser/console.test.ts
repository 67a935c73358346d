import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectorRows } from '../../src/db/connectors.ts';
import { startTestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { describeInBrowser, rowOf, screenshot, testConsole } from './console.ts';

const PRECONFIGURED = 230;
const HOSTILE_NAME = '<img src=x onerror="globalThis.ran = true"> \u202Egpj.exe';

const app = await startTestApp({
  'xpack.actions.preconfigured': {
    ...Object.fromEntries(
      Array.from({ length: PRECONFIGURED }, (_, index) => [
        `log-${index}`,
        { name: `Rack ${index}`, actionTypeId: '.server-log' },
      ]),
    ),
    odd: { name: 'Odd one', actionTypeId: '.nowhere', config: {} },
  },
});
const emptyApp = await startTestApp();
afterAll(() => emptyApp.stop());
const { onPage, signIn } = testConsole(app);

const summary = (page: Page) => page.locator('#summary');

async function create(id: string, body: Record<string, unknown>, prefix = ''): Promise<void> {
  const answer = await app.call('POST', `${prefix}/api/actions/connector/${id}`, {
    connector_type_id: '.server-log',
    ...body,
  });
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
}

describeInBrowser('the console in a browser', () => {
  beforeAll(async () => {
    await create('ops', {
      name: 'Ops pager',
      connector_type_id: '.webhook',
      config: { url: 'http://127.0.0.1:1/', hasAuth: false },
      tags: ['on call'],
    });
    await create('hostile', { name: HOSTILE_NAME });
    await create('endless', { name: 'N'.repeat(1_000_000) });
    await create('mine', { name: 'Only in space ops' }, '/s/ops');
    await connectorRows(app.database.db.kysely).insert({
      id: 'imported',
      spaceId: 'default',
      typeId: '.webhook',
      name: 'Imported',
      config: {},
      secrets: null,
      secretNames: [],
      isMissingSecrets: true,
      tags: [],
    });
    expect(
      (await app.call('POST', '/api/actions/connector/ops/_execute', { params: { body: '{}' } })).body.status,
    ).toBe('error');
    expect(
      (await app.call('POST', '/api/actions/connector/hostile/_execute', { params: { message: 'x' } })).body.status,
    ).toBe('ok');
    // Records of runs are stored a moment after the answer.
    await until(
      async () => (await app.call('GET', '/api/actions/executions')).body.total === 2,
      'both runs are recorded',
    );
  });

  describe('the list of connectors', () => {
    test('shows stored and preconfigured ones with type, id, badges and tags', async () => {
      await onPage({}, async (page) => {
        const ops = await rowOf(page, 'ops').innerText();
        for (const text of ['Ops pager', 'Webhook', 'on call']) expect(ops).toContain(text);
        expect(ops).not.toContain('preconfigured');
        expect(await rowOf(page, 'odd').innerText()).toMatch(
          /Odd one preconfigured type not registered\s+\.nowhere\s+odd\s+never/,
        );
        expect(await rowOf(page, 'imported').innerText()).toContain('missing secrets');
        await screenshot(page, 'connectors-light');
      });
    });

    test('shows the last run: outcome, when, and why it failed', async () => {
      await onPage({}, async (page) => {
        const failed = rowOf(page, 'ops');
        expect(await failed.innerText()).toMatch(/failed · (just now|\d+ min ago)/);
        expect(await failed.locator('.reason').innerText()).toContain('ECONNREFUSED');
        const [record] = (await app.call('GET', '/api/actions/executions?connector_id=ops')).body.data;
        const shownAt = Date.parse((await failed.locator('time').getAttribute('datetime'))!);
        expect(shownAt).toBeGreaterThanOrEqual(Date.parse(record.created_at));
        expect(await failed.locator('time').getAttribute('title')).toMatch(/\d:\d\d:\d\d/);
        expect(await rowOf(page, 'hostile').innerText()).toMatch(/succeeded · /);
      });
    });

    test('shows hostile names as text: markup, reversed direction, a million characters', async () => {
      await onPage({}, async (page) => {
        const name = rowOf(page, 'hostile').locator('.name');
        expect(await name.textContent()).toBe('<img src=x onerror="globalThis.ran = true"> [U+202E]gpj.exe');
        expect(await page.locator('#rows img').count()).toBe(0);
        expect(await page.evaluate('typeof ran')).toBe('undefined');
        const endless = (await rowOf(page, 'endless').locator('.name').textContent())!;
        expect(endless).toMatch(/^N{80}…$/);
        expect((await page.content()).length).toBeLessThan(200_000);
      });
    });

    test('finds by name, id, type and tag, and keeps the search in the address', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        const search = page.getByLabel('Search');
        for (const [words, count] of [
          ['PAGER', 1],
          ['log-22', 11],
          ['webhook', 2],
          ['on call', 1],
          ['log 229', 1],
        ] as const) {
          await search.fill(words);
          expect([words, await summary(page).innerText()]).toEqual([
            words,
            `${count} of ${PRECONFIGURED + 5} connectors`,
          ]);
        }
        await page.reload();
        await rowOf(page, 'log-229').waitFor();
        expect(await search.inputValue()).toBe('log 229');
        await search.fill('no such thing');
        await page.getByRole('button', { name: 'Clear search and filter' }).click();
        expect(await summary(page).innerText()).toBe(`${PRECONFIGURED + 5} connectors`);
      });
    });

    test('keeps what is typed before the list is there', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        const { promise: typed, resolve: goOn } = Promise.withResolvers<void>();
        await page.route('**/api/actions/connectors*', async (route) => {
          await typed;
          await route.continue();
        });
        await page.goto('/connectors?type=.webhook');
        await page.getByLabel('Search').fill('pager');
        expect(await summary(page).innerText()).toBe('Loading connectors…');
        goOn();
        await rowOf(page, 'ops').waitFor();
        expect(await summary(page).innerText()).toBe(`1 of ${PRECONFIGURED + 5} connectors`);
        expect(new URL(page.url()).search).toBe('?q=pager&type=.webhook');
      });
    });

    test('filters by type, with counts that follow the search', async () => {
      await onPage({}, async (page) => {
        const menu = page.getByLabel('Type');
        await rowOf(page, 'ops').waitFor();
        expect(await menu.locator('option').allInnerTexts()).toEqual([
          `All types (${PRECONFIGURED + 5})`,
          '.nowhere (1)',
          `Server log (${PRECONFIGURED + 2})`,
          'Webhook (2)',
        ]);
        await menu.selectOption('.webhook');
        expect(await page.locator('#rows tr').count()).toBe(2);
        await page.getByLabel('Search').fill('imported');
        expect(await page.locator('#rows tr').count()).toBe(1);
        expect(await menu.locator('option').allInnerTexts()).toEqual([
          'All types (1)',
          '.nowhere (0)',
          'Server log (0)',
          'Webhook (1)',
        ]);
      });
    });

    test('draws a hundred rows at a time', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        const pages = page.getByRole('navigation', { name: 'Pages of the list' });
        const next = page.getByRole('button', { name: 'Next' });
        const total = PRECONFIGURED + 5;
        expect([await page.locator('#rows tr').count(), await pages.locator('span').innerText()]).toEqual([
          100,
          `1–100 of ${total}`,
        ]);
        await next.click();
        await next.click();
        expect(await pages.locator('span').innerText()).toBe(`201–${total} of ${total}`);
        expect(await next.getAttribute('aria-disabled')).toBe('true');
        await next.press('Enter');
        expect(await page.locator('#rows tr').count()).toBe(total - 200);
      });
    });

    test('belongs to the space of its address', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        expect(await rowOf(page, 'mine').count()).toBe(0);
        await page.goto('/s/ops/connectors');
        await rowOf(page, 'mine').waitFor();
        expect(await rowOf(page, 'ops').count()).toBe(0);
        expect(await page.locator('#who').innerText()).toMatch(/space ops\s+admin/);
      });
    });

    test('says what happened when it cannot be loaded, and loads on the next try', async () => {
      await onPage({}, async (page, { problems }) => {
        await rowOf(page, 'ops').waitFor();
        await page.route('**/api/actions/connectors*', (route) => route.abort());
        await page.reload();
        await page.getByText('The server cannot be reached.').waitFor();
        await screenshot(page, 'connectors-failure');
        await page.unroute('**/api/actions/connectors*');
        await page.getByRole('button', { name: 'Try again' }).click();
        await rowOf(page, 'ops').waitFor();
        expect(problems.splice(0)).toEqual(['Failed to load resource: net::ERR_FAILED']);
      });
    });

    test('signing out ends the session, and Back does not bring the list back', async () => {
      await onPage({ signedIn: false }, async (page, { context }) => {
        await signIn(page);
        await rowOf(page, 'ops').waitFor();
        const [cookie] = await context.cookies();
        expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL('**/login');
        const headers = { authorization: undefined, cookie: `${cookie!.name}=${cookie!.value}` };
        expect((await app.call('GET', '/api/actions/connectors', undefined, headers)).status).toBe(401);
        await page.goBack();
        await page.waitForURL('**/login?next=*');
        expect(await page.locator('#rows').count()).toBe(0);
      });
    });

    test('can be used with the keyboard alone', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'ops').waitFor();
        const stops: unknown[] = [];
        for (let press = 0; press < 7; press += 1) {
          await page.keyboard.press('Tab');
          stops.push(await page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()'));
        }
        expect(stops).toEqual([
          'Skip to the list',
          'Patchbay',
          'Connectors',
          'API reference',
          'sign-out',
          'search',
          'type',
        ]);
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      });
    });
  });

  test('an empty list says what will appear, and its command makes a connector', async () => {
    await onPage({ base: emptyApp.url }, async (page) => {
      await page.getByText('No connectors in this space yet').waitFor();
      await screenshot(page, 'connectors-empty');
      const command = await page.locator('.notice pre').innerText();
      const [, url, body] = /^curl -u admin '([^']+)' [\s\S]* -d '([^']+)'$/.exec(command)!;
      expect(new URL(url!).origin).toBe(emptyApp.url);
      expect(
        (await emptyApp.call('POST', new URL(url!).pathname, body!, { 'content-type': 'application/json' })).status,
      ).toBe(200);
      await page.reload();
      await page.getByText('My first webhook').waitFor();
      expect(await summary(page).innerText()).toBe('1 connector');
    });
  });

  describe.each([
    ['light', 320],
    ['dark', 320],
    ['dark', 1280],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('every page fits and follows the colour scheme', async () => {
      await onPage({ colorScheme, viewport: { width, height: 800 }, signedIn: false }, async (page) => {
        const look = async (name: string) => {
          expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width]);
          const background = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string;
          const isDark = background.match(/\d+/g)!.every((part) => Number(part) < 60);
          expect([name, isDark]).toEqual([name, colorScheme === 'dark']);
          await screenshot(page, `${name}-${colorScheme}-${width}`);
        };
        await page.goto('/login');
        await look('login');
        await signIn(page);
        await rowOf(page, 'ops').waitFor();
        await look('connectors');
        await page.goto('/docs/api');
        await page.locator('article').first().waitFor();
        await look('api-reference');
      });
    });
  });
});
