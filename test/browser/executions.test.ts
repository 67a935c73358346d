import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { describeInBrowser, expectAccessible, expectToFit, rowOf, screenshot, testConsole } from './console.ts';
import { createHook, enqueue, eventually, logPast, startTarget, statusOf } from './execution-data.ts';

const HOSTILE = '<img src=x onerror="globalThis.ran = true"> \u202Egpj.exe';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const app = await startTestApp();
const quietApp = await startTestApp();
const target = await startTarget();
afterAll(async () => {
  await quietApp.stop();
  await target.close();
});
const { onPage } = testConsole(app);

/** Ids of what was logged before the tests began. */
const past: Record<'failed' | 'hostile' | 'succeeded' | 'expired' | 'old', string> = {
  failed: '',
  hostile: '',
  succeeded: '',
  expired: '',
  old: '',
};
let waiting = '';

const query = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const shownIds = (page: Page) =>
  page.evaluate<string[]>("[...document.querySelectorAll('[data-row-id]')].map((row) => row.dataset.rowId)");
const kpi = (page: Page, which: string) => page.locator(`[data-test-subj=connectorEventLogKpi-${which}Outcome]`);
const search = (page: Page) => page.getByRole('searchbox');
const chart = (page: Page) => page.getByRole('slider', { name: 'Executions over time' });

async function open(page: Page, address = ''): Promise<void> {
  await page.goto(`/executions${address}`);
  await page.locator('[data-row-id]').first().waitFor();
}

/** An execution of this space that no other test looks at. */
async function arrive(text: string): Promise<string> {
  const id = await enqueue(app, 'ops', { body: JSON.stringify({ text }) });
  await until(async () => (await statusOf(app, id)) === 'succeeded', 'it is delivered');
  return id;
}

describeInBrowser('the list of executions', () => {
  beforeAll(async () => {
    await createHook(app, target, 'ops', 'Ops pager', '/200/ops');
    await createHook(app, target, 'down', 'Status page', '/503/down');
    const failed = { status: 'failed', code: 'target_auth', params: { body: '{}' } } as const;
    [past.failed, past.hostile, past.succeeded, past.expired, past.old] = (await logPast(app, [
      {
        ...failed,
        agoMs: 10 * MINUTE,
        message: 'error calling webhook, invalid response: [401] Unauthorized: token expired',
        attempts: [1, 2].map((attempt) => ({
          attempt,
          startedAt: new Date(),
          durationMs: 5,
          outcome: 'failed',
          requests: [],
        })),
      },
      { ...failed, agoMs: 20 * MINUTE, connectorId: 'hostile', connectorName: HOSTILE, message: HOSTILE },
      { agoMs: 3 * HOUR, source: 'http_request', connectorId: 'log', connectorTypeId: '.server-log' },
      { ...failed, agoMs: 4 * HOUR, status: 'expired', code: 'expired', message: 'Too late' },
      { agoMs: 3 * DAY },
    ])) as [string, string, string, string, string];
    waiting = await enqueue(app, 'ops', { body: '{}' }, { start_at: new Date(Date.now() + 6 * HOUR).toISOString() });
  });

  test('says of each what became of it, of which connector, why, how often, how long and when', async () => {
    await onPage({ viewport: { width: 1600, height: 900 } }, async (page) => {
      await open(page);
      const cells = (id: string) => rowOf(page, id).locator('td').allInnerTexts();
      expect((await cells(past.failed)).map((cell) => cell.trim())).toEqual([
        'failed',
        expect.stringContaining('Ops pager'),
        'Webhook',
        'Queue',
        // The beginning, which is the same for all, is left to the tooltip.
        '[401] Unauthorized: token expired',
        '2',
        '1.5 s',
        expect.stringMatching(/^10 min ago/),
      ]);
      const message = rowOf(page, past.failed).getByText('token expired');
      expect(await message.getAttribute('title')).toContain('error calling webhook');
      expect(await rowOf(page, past.failed).locator('time').getAttribute('title')).toMatch(/\d:\d\d:\d\d/);
      expect(await rowOf(page, past.succeeded).innerText()).toMatch(/succeeded[\s\S]*Server log[\s\S]*API call/);
      expect(await rowOf(page, waiting).innerText()).toMatch(/queued[\s\S]*Starts in 5 h/);
      // A status is an icon and a word, not a colour alone.
      expect(await rowOf(page, past.failed).locator('td').first().locator('svg').count()).toBe(1);
      expect(await rowOf(page, past.old).count()).toBe(0);
    });
  });

  test('shows hostile names and messages as text', async () => {
    await onPage({}, async (page) => {
      await open(page);
      const text = await rowOf(page, past.hostile).innerText();
      expect(text).toContain('<img src=x onerror="globalThis.ran = true"> [U+202E]gpj.exe');
      expect(await page.locator('main img').count()).toBe(0);
      expect(await page.evaluate('typeof ran')).toBe('undefined');
    });
  });

  describe('what is looked for', () => {
    test('is in the address and survives a reload', async () => {
      await onPage({}, async (page) => {
        await open(page);
        await page.getByRole('button', { name: 'Status', exact: true }).click();
        await page.getByRole('checkbox', { name: 'Failed' }).check();
        await page.getByRole('checkbox', { name: 'Expired' }).check();
        await page.keyboard.press('Escape');
        await eventually(() => shownIds(page)).toEqual([past.failed, past.hostile, past.expired]);
        await search(page).pressSequentially('token');
        await eventually(() => shownIds(page)).toEqual([past.failed]);
        expect(new URL(page.url()).search).toBe('?status=failed&status=expired&q=token');
        await page.reload();
        await rowOf(page, past.failed).waitFor();
        expect(await shownIds(page)).toEqual([past.failed]);
        expect(await search(page).inputValue()).toBe('token');

        await search(page).fill('no such words');
        await page.getByText('No execution matches').waitFor();
        await page.getByRole('button', { name: 'Clear filters' }).last().click();
        await rowOf(page, past.succeeded).waitFor();
        expect(query(page)).toEqual({});
      });
    });

    test('can be a connector, a type and a source', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const choose = async (label: string, option: string) => {
          await page
            .getByRole('combobox', { name: label })
            .or(page.getByLabel(label, { exact: true }))
            .first()
            .click();
          await page.getByRole('option', { name: option, exact: true }).click();
        };
        await choose('Type', 'Server log');
        await eventually(() => shownIds(page)).toEqual([past.succeeded]);
        await choose('Source', 'Queue');
        await page.getByText('No execution matches').waitFor();
        await page.goto('/executions');
        await choose('Connector', 'Status page');
        await page.getByText('No execution matches').waitFor();
        expect(query(page)).toEqual({ connector: 'down' });
      });
    });

    test('can be a time: a quick one, or between two moments', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const menu = page.locator('[data-test-subj=connectorEventLogListDatePicker]');
        await menu.click();
        await page.getByRole('button', { name: 'Last 7 days' }).click();
        await rowOf(page, past.old).waitFor();
        expect(query(page)).toEqual({ range: '7d' });

        await menu.click();
        const local = (ms: number) => {
          const date = new Date(ms);
          return new Date(ms - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 19);
        };
        await page.getByLabel('From').fill(local(Date.now() - 4 * DAY));
        await page.getByLabel('To (empty: now)').fill(local(Date.now() - 5 * DAY));
        await page.getByRole('button', { name: 'Show this time' }).click();
        await page.getByText('The time must end after it begins.').waitFor();
        await page.getByLabel('To (empty: now)').fill(local(Date.now() - 2 * DAY));
        await page.getByRole('button', { name: 'Show this time' }).click();
        await eventually(() => shownIds(page)).toEqual([past.old]);
        expect(Object.keys(query(page)).toSorted()).toEqual(['from', 'to']);
        await page.goBack();
        await rowOf(page, past.failed).waitFor();
        expect(query(page)).toEqual({ range: '7d' });
      });
    });

    test('an address that makes no sense shows the list as usual', async () => {
      await onPage({}, async (page) => {
        await open(page, '?status=nonsense&range=forever&from=never&sort=sideways&page=-3&source=x');
        await rowOf(page, past.failed).waitFor();
        expect(await page.getByRole('button', { name: 'Last 24 hours' }).count()).toBe(1);
      });
    });
  });

  describe('the picture over time', () => {
    test('counts what the filters show, in numbers too', async () => {
      await onPage({}, async (page) => {
        await open(page, '?range=7d&connector=hostile');
        await eventually(() => kpi(page, 'all').innerText()).toMatch(/Executions\s+1$/);
        expect(await kpi(page, 'failure').innerText()).toMatch(/Failed or expired\s+1\s+100%/);
        await page.getByRole('button', { name: 'As table' }).click();
        const table = page.getByRole('region', { name: 'Executions over time' });
        const rows = await table.locator('tbody tr').allInnerTexts();
        expect(rows.filter((row) => /\t1\t0\t0$/.test(row))).toHaveLength(1);
        expect(rows.filter((row) => /\t0\t0\t0$/.test(row))).toHaveLength(rows.length - 1);
      });
    });

    test('tells how many wait, and a number leads to what it counts', async () => {
      await onPage({}, async (page) => {
        await open(page);
        await kpi(page, 'waiting').click();
        await eventually(() => shownIds(page)).toContain(waiting);
        await eventually(() => shownIds(page)).not.toContain(past.failed);
        expect(new URL(page.url()).searchParams.getAll('status')).toEqual(['queued', 'running', 'retrying']);
        await page.goBack();
        await rowOf(page, past.failed).waitFor();
      });
    });

    test('a bar leads to its time, with the pointer and with keys', async () => {
      await onPage({}, async (page) => {
        await open(page, '?connector=hostile');
        await chart(page).focus();
        await page.keyboard.press('End');
        // The bar of the only execution is among the last ones.
        await until(async () => {
          if (/Failed or expired 1/.test((await chart(page).getAttribute('aria-valuetext')) ?? '')) return true;
          await page.keyboard.press('ArrowLeft');
          return false;
        }, 'the keys come to the bar');
        await page.keyboard.press('Enter');
        await eventually(() => Object.keys(query(page)).toSorted()).toEqual(['connector', 'from', 'to']);
        await rowOf(page, past.hostile).waitFor();
        await page.goBack();
        await eventually(() => Object.keys(query(page))).toEqual(['connector']);

        const box = (await chart(page).boundingBox())!;
        await page.mouse.move(box.x + box.width / 2, box.y + 40);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width - 4, box.y + 40);
        await page.mouse.up();
        await eventually(() => Object.keys(query(page)).toSorted()).toEqual(['connector', 'from', 'to']);
        await rowOf(page, past.hostile).waitFor();
      });
    });
  });

  describe('following', () => {
    const follow = (page: Page) => page.locator('[data-test-subj=followExecutions]');

    test('new executions appear by themselves and are marked', async () => {
      await onPage({}, async (page) => {
        await open(page);
        await follow(page).click();
        await page.mouse.move(5, 5);
        expect(query(page)).toEqual({ follow: 'true' });
        const id = await arrive('followed');
        await rowOf(page, id).waitFor();
        const mark = (rowId: string) =>
          page.evaluate(`getComputedStyle(document.querySelector('[data-row-id="${rowId}"] td')).boxShadow`);
        expect(await mark(id)).not.toBe('none');
        expect(await mark(past.failed)).toBe('none');
        await follow(page).click();
        expect(query(page)).toEqual({});
      });
    });

    test('what is read does not move: new ones wait until they are asked for, and statuses go on', async () => {
      await onPage({}, async (page) => {
        const id = await enqueue(app, 'ops', { body: '{}' }, { start_at: new Date(Date.now() + HOUR).toISOString() });
        await open(page, '?follow=true');
        await rowOf(page, id).waitFor();
        await rowOf(page, past.failed).hover();
        const before = await shownIds(page);
        const place = await rowOf(page, past.failed).boundingBox();
        const arrived = await arrive('held back');
        await page.getByRole('button', { name: 'Show 1 new' }).waitFor();
        await app.call('POST', `/api/actions/execution/${id}/_cancel`);
        await rowOf(page, id).getByText('cancelled', { exact: true }).waitFor();
        expect(await shownIds(page)).toEqual(before);
        expect(await rowOf(page, past.failed).boundingBox()).toEqual(place);
        await page.getByRole('button', { name: 'Show 1 new' }).click();
        await rowOf(page, arrived).waitFor();
      });
    });
  });

  test('pages through many, and sorts by time', async () => {
    await onPage({}, async (page) => {
      await logPast(
        app,
        Array.from({ length: 60 }, (_, index) => ({ agoMs: 40 * DAY + index * MINUTE, connectorId: 'many' })),
      );
      await open(page, '?connector=many&range=90d');
      const pages = page.getByRole('navigation', { name: 'Pages of the list' });
      await pages.getByText('1–50 of 60').waitFor();
      const first = (await shownIds(page))[0];
      await pages.getByRole('button', { name: 'Next' }).click();
      await pages.getByText('51–60 of 60').waitFor();
      expect(query(page)).toMatchObject({ page: '2' });
      expect(await pages.getByRole('button', { name: 'Next' }).getAttribute('aria-disabled')).toBe('true');
      await page.goBack();
      await pages.getByText('1–50 of 60').waitFor();
      await page.getByRole('button', { name: 'Created' }).click();
      await eventually(async () => (await shownIds(page))[0]).not.toBe(first);
      expect(query(page)).toMatchObject({ sort: 'oldest' });
      expect(await page.getByRole('columnheader', { name: 'Created' }).getAttribute('aria-sort')).toBe('ascending');
      await page.goto('/executions?connector=many&range=90d&page=9');
      await page.getByRole('button', { name: 'Go to the first page' }).click();
      await pages.getByText('1–50 of 60').waitFor();
    });
  });

  describe('all that match', () => {
    const act = async (page: Page, item: string) => {
      await page.getByRole('button', { name: 'All that match' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };

    test('are retried together, after a count and a question', async () => {
      await onPage({}, async (page) => {
        const failed = { status: 'failed', code: 'target_unavailable', connectorId: 'ops', source: 'rule' } as const;
        const ids = await logPast(app, [
          { ...failed, agoMs: 2 * MINUTE, params: { body: 'again 1' } },
          { ...failed, agoMs: MINUTE, params: { body: 'again 2' } },
          { ...failed, agoMs: MINUTE },
          { agoMs: MINUTE, source: 'rule' },
        ]);
        await open(page, '?source=rule');
        await act(page, 'Retry all that failed …');
        const dialog = page.getByRole('dialog', { name: 'Retry 3 executions' });
        await screenshot(page, 'executions-retry-all');
        await dialog.getByRole('button', { name: 'Retry 3 executions' }).click();
        const outcome = page.getByRole('dialog').getByRole('status');
        await outcome.getByText('2 executions queued again').waitFor();
        expect(await outcome.innerText()).toMatch(/Left out\s+1 × /);
        await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
        await until(
          () => ['again 1', 'again 2'].every((body) => target.bodies.get('/200/ops')?.includes(body)),
          'both arrive at the target',
        );
        const { data } = (await app.call('GET', '/api/actions/executions?connector_id=ops')).body;
        const repeated = data.map(({ retry_of }: { retry_of?: string }) => retry_of);
        expect(repeated).toEqual(expect.arrayContaining(ids.slice(0, 2)));
      });
    });

    test('are cancelled together, and nothing else is', async () => {
      await onPage({}, async (page) => {
        const start_at = new Date(Date.now() + HOUR).toISOString();
        await createHook(app, target, 'later', 'Later', '/200/later');
        const ids = await Promise.all([1, 2].map(() => enqueue(app, 'later', { body: '{}' }, { start_at })));
        await open(page, '?connector=later');
        await act(page, 'Cancel all that wait …');
        await page.getByRole('button', { name: 'Cancel 2 executions' }).click();
        await page.getByText('2 executions cancelled').waitFor();
        await page.keyboard.press('Escape');
        for (const id of ids) await rowOf(page, id).getByText('cancelled', { exact: true }).waitFor();
        expect(await statusOf(app, waiting)).toBe('queued');
        await act(page, 'Cancel all that wait …');
        await page.getByText('Of what the filters show, nothing waits.').waitFor();
      });
    });
  });

  describe('trouble', () => {
    test('says why the list cannot be loaded, and loads on the next try', async () => {
      await onPage({}, async (page) => {
        await page.route('**/api/actions/executions?*', (route) => route.abort());
        await page.goto('/executions');
        await page.getByText('The executions could not be loaded').waitFor();
        await page.getByText('The server cannot be reached.').first().waitFor();
        await screenshot(page, 'executions-failure');
        await page.unroute('**/api/actions/executions?*');
        await page.getByRole('button', { name: 'Try again' }).first().click();
        await rowOf(page, past.failed).waitFor();
      });
    });

    test('keeps what it has when a refresh fails, and says so', async () => {
      await onPage({}, async (page) => {
        await open(page);
        await page.route('**/api/actions/executions?*', (route) => route.abort());
        await page.getByRole('button', { name: 'Refresh' }).click();
        await page.getByText('The list may be out of date').waitFor();
        expect(await rowOf(page, past.failed).count()).toBe(1);
      });
    });
  });

  test('a space without executions says what will appear', async () => {
    await onPage({ base: quietApp.url }, async (page) => {
      await page.goto('/executions');
      await page.getByText('Nothing was sent in this time').waitFor();
      await page.getByRole('button', { name: 'Show 90 days' }).click();
      await page.getByText('No executions yet').waitFor();
      await page.getByRole('link', { name: 'Go to the connectors' }).click();
      await page.waitForURL('**/connectors');
    });
  });

  test('can be used with the keyboard', async () => {
    await onPage({}, async (page) => {
      await open(page);
      await page.keyboard.press('/');
      expect(await page.evaluate('document.activeElement.type')).toBe('search');
      await rowOf(page, past.failed).getByRole('link').focus();
      await page.keyboard.press('ArrowDown');
      const focusedRow = () => page.evaluate("document.activeElement.closest('tr')?.dataset.rowId");
      await eventually(focusedRow).toBe(past.hostile);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/executions/${past.hostile}`);
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/executions');
      await eventually(focusedRow).toBe(past.hostile);
    });
  });

  describe.each([
    ['light', 320],
    ['dark', 1280],
    ['light', 2560],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('fits and is accessible', async () => {
      await onPage({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
        await open(page, '?range=7d');
        await chart(page).waitFor();
        await expectToFit(page);
        await expectAccessible(page);
        await screenshot(page, `executions-${colorScheme}-${width}`);
      });
    });
  });
});
