import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { describeInBrowser, expectAccessible, expectToFit, rowOf, screenshot, testConsole } from './console.ts';
import { createHook, enqueue, eventually, logPast, startTarget, statusOf } from './execution-data.ts';

const MINUTE = 60_000;
const HOSTILE = '<img src=x onerror="globalThis.ran = true">';

const calmApp = await startTestApp();
const app = await startTestApp({
  'xpack.actions.run.maxAttempts': 1,
  'patchbay.queue.circuit': { failures: 3, pause: '10m', maxPause: '10m' },
});
/** Whatever it is asked to log stays in the queue. */
const lateApp = await startTestApp({
  'xpack.actions.run.maxAttempts': 1,
  'xpack.task_manager.unsafe.exclude_task_types': ['actions:.server-log'],
});
const target = await startTarget();
afterAll(async () => {
  await calmApp.stop();
  await lateApp.stop();
  await target.close();
});
const { onPage } = testConsole(app);

const standing = (page: Page) => page.getByRole('region', { name: 'How things stand' });
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const chart = (page: Page, name: string) => page.getByRole('figure', { name, exact: true });

const figures = (page: Page) =>
  page.evaluate<Record<string, string>>(`Object.fromEntries([...document.querySelectorAll('dl[aria-label=Now] > div')]
    .map((one) => [one.querySelector('dt').textContent, one.querySelector('dd span').textContent]))`);

async function open(page: Page, base = ''): Promise<void> {
  await page.goto(`${base}/health`);
  await standing(page).waitFor();
  await eventually(async () => (await figures(page)).Nodes).toBe('1');
}

describeInBrowser('the health page', () => {
  test('says that all is well, and nothing more, while nothing is wrong', async () => {
    await onPage({ base: calmApp.url }, async (page) => {
      await createHook(calmApp, target, 'ops', 'Ops pager', '/200/calm');
      await open(page);
      expect(await standing(page).innerText()).toMatch(/^All is well\s+Nothing waits, and nothing is late\./);
      expect(await figures(page)).toMatchObject({ 'On the way': '0', Due: '0', 'Longest wait': '–', Retrying: '0' });
      await page.getByText('None: every target is being sent to.').waitFor();
      await page.getByText('No connector had a failure in the last 24 hours.').waitFor();
      await page.getByText('Nothing waits, and nothing was attempted in the last hour.').waitFor();
    });
  });

  test('samples the queue while it is open', async () => {
    await onPage({ base: calmApp.url }, async (page) => {
      await open(page);
      const later = new Date(Date.now() + 60 * MINUTE).toISOString();
      await enqueue(calmApp, 'ops', { body: '{}' }, { start_at: later });
      const queue = chart(page, 'Queue');
      await queue.getByRole('button', { name: 'As table' }).click();
      // The newest stands first: one more waits than before.
      const rows = queue.locator('tbody tr');
      await eventually(async () => (await rows.first().innerText()).split('\t').slice(1)).toEqual(['1', '0', '0']);
      expect((await rows.last().innerText()).split('\t').slice(1)).toEqual(['0', '0', '0']);
      await eventually(async () => (await figures(page))['On the way']).toBe('1');
      expect(await standing(page).innerText()).toContain('1 action on the way, none of them late.');
      // Kept while the reader looks at something else.
      await page.getByRole('link', { name: 'Executions', exact: true }).click();
      await page.waitForURL('**/executions');
      await page.getByRole('link', { name: 'Health', exact: true }).click();
      await chart(page, 'Queue').getByRole('button', { name: 'As table' }).click();
      expect(await chart(page, 'Queue').locator('tbody tr').count()).toBeGreaterThan(1);
    });
  });

  describe('when a target is down', () => {
    beforeAll(async () => {
      await createHook(app, target, 'ops', 'Ops pager', '/200/ops');
      await createHook(app, target, 'down', HOSTILE, '/503/down');
      const failed = {
        status: 'failed',
        code: 'target_auth',
        connectorId: 'cab',
        connectorName: 'CAB tickets',
      } as const;
      await logPast(app, [
        ...Array.from({ length: 3 }, (_, index) => ({ ...failed, agoMs: (index + 5) * MINUTE })),
        { ...failed, status: 'succeeded', code: undefined, agoMs: 4 * MINUTE },
      ]);
      const sent = await Promise.all(Array.from({ length: 12 }, () => enqueue(app, 'ops', { body: '{}' })));
      for (let index = 0; index < 3; index += 1) await enqueue(app, 'down', { body: '{}' });
      await until(
        async () => (await app.call('GET', '/internal/queue/stats')).body.open_circuits.length === 1,
        'the circuit opens',
      );
      for (const id of sent) await until(async () => (await statusOf(app, id)) === 'succeeded', 'the others arrive');
    });

    test('says so in a sentence, with what to do', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const text = await standing(page).innerText();
        expect(text).toMatch(/^Needs attention/);
        expect(text).toContain(
          'Nothing is sent to 1 connector, because its target failed several times in a row. The reasons are below.',
        );
      });
    });

    test('names the connector that is held, why, and when it is tried next', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const row = rowOf(page, 'down').first();
        await row.waitFor();
        const text = await row.innerText();
        for (const part of [HOSTILE, 'On hold', '[503] Service Unavailable']) expect(text).toContain(part);
        expect(text).toMatch(/in (9|10|11) min/);
        expect(await page.locator('main img').count()).toBe(0);
        await row.getByRole('link', { name: `Open connector ${HOSTILE}` }).click();
        await page.waitForURL('**/connectors/down/config');
      });
    });

    test('shows how large a share of each connector failed, and leads to these executions', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const row = section(page, 'Failures by connector').locator('[data-row-id=cab]');
        await row.waitFor();
        expect((await row.innerText()).split(/\s*\t\s*/).map((cell) => cell.trim())).toEqual([
          expect.stringContaining('CAB tickets'),
          '75%',
          '3',
          '4',
          'Show failures',
        ]);
        await row.getByRole('link').click();
        await page.waitForURL('**/executions?connector=cab&status=failed&status=expired');
        await eventually(() => page.locator('[data-row-id]').count()).toBe(3);
      });
    });

    test('counts executions by the minute, in a picture and in numbers', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const figure = chart(page, 'Executions per minute');
        await figure.getByRole('slider').waitFor();
        await figure.getByRole('slider').focus();
        await page.keyboard.press('Home');
        expect(await figure.getByRole('slider').getAttribute('aria-valuetext')).toMatch(
          /^.*\d.*: Failed or expired 0, Succeeded 0, Waiting or cancelled 0$/,
        );
        expect(await figure.locator('svg text').allTextContents()).toContain('0');
        await figure.getByRole('button', { name: 'As table' }).click();
        const sums = (await figure.locator('tbody tr').allInnerTexts())
          .map((row) => row.split('\t').slice(1).map(Number))
          .reduce((all, row) => all.map((sum, index) => sum + row[index]!), [0, 0, 0]);
        expect(sums).toEqual([6, 13, 0]);
      });
    });

    test('tells delays, durations and failures by type', async () => {
      await onPage({}, async (page) => {
        await open(page);
        const row = section(page, 'By connector type').locator('[data-row-id=".webhook"]');
        expect(await row.innerText()).toMatch(/Webhook[\s\S]*\d+ ms \/ \d+(\.\d+)? (ms|s)[\s\S]*20%/);
      });
    });
  });

  test('names what is late and what fails, the worst first, and leads there', async () => {
    await lateApp.call('POST', '/api/actions/connector/log', {
      connector_type_id: '.server-log',
      name: 'Server log',
      config: {},
      secrets: {},
    });
    await enqueue(lateApp, 'log', { message: 'late' });
    await lateApp.database.db.pool.query("update patchbay.queue set due_at = now() - interval '11 minutes'");
    await createHook(lateApp, target, 'bad', 'Bad target', '/422/bad');
    const failing = await Promise.all(Array.from({ length: 10 }, () => enqueue(lateApp, 'bad', { body: '{}' })));
    for (const id of failing) await until(async () => (await statusOf(lateApp, id)) === 'failed', 'it fails');
    await until(
      async () => (await lateApp.call('GET', '/internal/queue/stats')).body.oldest_due_at !== undefined,
      'the late one is noticed',
    );
    await onPage({ base: lateApp.url }, async (page) => {
      await open(page);
      await standing(page).getByText('11 min', { exact: false }).waitFor();
      const text = await standing(page).innerText();
      expect(text).toMatch(/^Needs action now\s+2 things are not as they should be\./);
      expect(text).toMatch(/100% of the latest attempts of Webhook failed[\s\S]*waits longest is 11 min/);
      await screenshot(page, 'health-trouble');
      await standing(page).getByRole('link', { name: 'Show the failures' }).click();
      await page.waitForURL('**/executions?type=.webhook&status=failed&status=retrying');
      await eventually(() => page.locator('[data-row-id]').count()).toBe(10);
      await page.goBack();
      await standing(page).getByRole('link', { name: 'Show what waits' }).click();
      await eventually(() => page.locator('[data-row-id]').count()).toBe(1);
    });
  });

  describe('trouble', () => {
    test('says what cannot be read, and reads it on the next try', async () => {
      await onPage({}, async (page) => {
        await page.route('**/api/task_manager/_health', (route) => route.abort());
        await page.goto('/health');
        await page.getByText('The health report could not be loaded').waitFor();
        await page.unroute('**/api/task_manager/_health');
        await page.getByRole('button', { name: 'Try again' }).click();
        await standing(page).waitFor();
      });
    });
  });

  describe.each([
    ['dark', 320],
    ['light', 1280],
    ['dark', 2560],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('fits and is accessible', async () => {
      await onPage({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
        await open(page);
        await chart(page, 'Executions per minute').getByRole('slider').waitFor();
        await expectToFit(page);
        await expectAccessible(page);
        await screenshot(page, `health-${colorScheme}-${width}`);
      });
    });
  });
});
