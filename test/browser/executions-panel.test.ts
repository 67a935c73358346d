import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttemptRow } from '../../src/db/executions.ts';
import { startTestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { describeInBrowser, expectAccessible, expectToFit, rowOf, screenshot, testConsole } from './console.ts';
import { createHook, enqueue, logPast, startTarget, statusOf } from './execution-data.ts';

const HOSTILE = '</code><script>globalThis.ran = true</script><img src=x onerror="globalThis.ran = true">';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const app = await startTestApp();
const target = await startTarget();
afterAll(() => target.close());
const { onPage } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog');
const timeline = (page: Page) => panel(page).getByRole('list', { name: 'Attempts' });

async function open(page: Page, id: string, search = ''): Promise<void> {
  await page.goto(`/executions/${id}${search}`);
  await panel(page).getByText('Execution', { exact: true }).waitFor();
}

function attempt(number: number, agoMs: number, given: Partial<AttemptRow> = {}): AttemptRow {
  const record = {
    method: 'POST',
    url: 'https://jira.example/rest/api/3/issue',
    headers: { authorization: '●●●', 'content-type': 'application/json' },
    body: '{"summary":"disk full"}',
    status: 503,
    response_headers: { server: 'nginx' },
    response_body: HOSTILE,
    duration_ms: 900,
  };
  return {
    attempt: number,
    startedAt: new Date(Date.now() - agoMs),
    durationMs: 1_000,
    outcome: 'failed',
    code: 'target_unavailable',
    message: 'error calling webhook, retry later',
    serviceMessage: '[503] Service Unavailable',
    requests: [record],
    ...given,
  };
}

const failedAfterThree = () => ({
  agoMs: 10 * MINUTE,
  status: 'failed',
  code: 'target_auth',
  message: 'error calling webhook, invalid response: [401] Unauthorized: token expired',
  params: { body: '{"text":"disk full"}' },
  username: 'alice',
  finishedAt: new Date(Date.now() - 5 * MINUTE),
  attempts: [
    attempt(1, 10 * MINUTE),
    attempt(2, 9 * MINUTE),
    attempt(3, 6 * MINUTE, { code: 'target_auth', message: HOSTILE }),
  ],
});

describeInBrowser('one execution', () => {
  let failed = '';
  beforeAll(async () => {
    await createHook(app, target, 'ops', 'Ops pager', '/200/ops');
    await createHook(app, target, 'down', 'Status page', '/503/down');
    [failed = ''] = await logPast(app, [failedAfterThree()]);
  });

  test('has an address; Escape goes back to the list as it was, and to its row', async () => {
    await onPage({}, async (page) => {
      await page.goto('/executions?status=failed&range=7d');
      await rowOf(page, failed).getByRole('link').click();
      await page.waitForURL(`**/executions/${failed}?status=failed&range=7d`);
      await panel(page).getByRole('heading', { name: 'Failed after 3 attempts' }).waitFor();
      expect(await page.title()).toBe('Failed after 3 attempts: Ops pager · Patchbay');
      expect(await rowOf(page, failed).getAttribute('data-current')).toBe('true');
      await page.reload();
      await panel(page).getByRole('heading', { name: 'Failed after 3 attempts' }).waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/executions?status=failed&range=7d');
      await page.goBack();
      await panel(page).waitFor();
    });
  });

  test('a click anywhere on the row opens it', async () => {
    await onPage({}, async (page) => {
      await page.goto('/executions');
      await rowOf(page, failed).getByText('Ops pager').click();
      await page.waitForURL(`**/executions/${failed}`);
    });
  });

  test('shows all attempts with the waits between them, requests and answers as text', async () => {
    await onPage({}, async (page) => {
      await open(page, failed);
      const items = (await timeline(page).locator('> li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
      expect(items).toHaveLength(5);
      expect(items[0]).toMatch(/Attempt 1 Failed · 503 1 s .*retry later .*\[503\] Service Unavailable .*POST https/);
      expect(items[1]).toBe('Waited 59 s');
      expect(items[2]).toContain('Attempt 2');
      expect(items[3]).toBe('Waited 2 min 59 s');
      expect(items[4]).toContain(HOSTILE);
      const first = timeline(page).locator('> li').first();
      await first.getByRole('button', { name: 'Request' }).click();
      await first.getByRole('button', { name: 'Answer' }).click();
      expect(await first.getByLabel('Request: Headers').innerText()).toContain('authorization: ●●●');
      expect(await first.getByLabel('Request: Body').innerText()).toContain('"summary": "disk full"');
      expect(await first.getByLabel('Answer: Body').innerText()).toBe(HOSTILE);
      expect(await page.locator('[role=dialog] img, [role=dialog] script').count()).toBe(0);
      expect(await page.evaluate('typeof ran')).toBe('undefined');
      await first.getByRole('button', { name: 'Request' }).click();
      expect(await first.getByLabel('Request: Body').count()).toBe(0);
      await screenshot(page, 'execution-attempts');
    });
  });

  test('says what went wrong, what helps, and leads to the connector', async () => {
    await onPage({}, async (page) => {
      await open(page, failed);
      await panel(page).getByText('The target refused the credentials.').waitFor();
      await panel(page).getByText('Enter new credentials in the connector, then retry.').waitFor();
      expect(await panel(page).getByRole('link', { name: 'Fix connector' }).getAttribute('href')).toMatch(
        /connectors\/ops\/config$/,
      );
      for (const fact of ['alice', 'Webhook', 'Queue', failed]) await panel(page).getByText(fact).first().waitFor();
    });
  });

  test('leads to what was created, but not to what is no web address', async () => {
    await onPage({}, async (page) => {
      const created = (url: string) => ({
        agoMs: MINUTE,
        attempts: [attempt(1, MINUTE, { outcome: 'delivered', reference: { id: 'OPS-7', url } })],
      });
      const [good, bad] = (await logPast(app, [
        created('https://jira.example/browse/OPS-7'),
        created('javascript:globalThis.ran = true'),
      ])) as [string, string];
      await open(page, good);
      const link = panel(page).getByRole('link', { name: 'OPS-7' }).first();
      expect(await link.getAttribute('href')).toBe('https://jira.example/browse/OPS-7');
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
      await open(page, bad);
      await panel(page).getByText('OPS-7').first().waitFor();
      expect(await panel(page).getByRole('link', { name: 'OPS-7' }).count()).toBe(0);
    });
  });

  test('one that does not exist says so', async () => {
    await onPage({}, async (page) => {
      await page.goto('/executions/01912345-0000-7000-8000-000000000000?range=7d');
      await panel(page).getByText('There is no such execution').waitFor();
      await panel(page).getByRole('link', { name: 'Show the list' }).click();
      await page.waitForURL('**/executions?range=7d');
    });
  });

  describe('one that waits', () => {
    test('says when and why the next attempt comes, and goes on by itself', async () => {
      await onPage({}, async (page) => {
        const id = await enqueue(app, 'down', { body: '{"text":"hi"}' });
        await open(page, id);
        await panel(page).getByRole('heading', { name: 'Waits for its next attempt, after 1 attempt' }).waitFor();
        const next = timeline(page).locator('> li').last();
        expect(await next.innerText()).toMatch(/The next attempt comes (in \d+ s|just now), at .*\d\d/);
        expect(await next.innerText()).toContain('failed in a way that may pass: The target had a failure of its own.');
        await page.getByRole('button', { name: 'Cancel execution' }).click();
        await page.getByRole('button', { name: 'Keep it' }).click();
        expect(await statusOf(app, id)).toBe('retrying');
        // Cancelled elsewhere: the panel notices.
        await app.call('POST', `/api/actions/execution/${id}/_cancel`);
        await panel(page).getByRole('heading', { name: 'Cancelled after 1 attempt' }).waitFor();
      });
    });

    test('is cancelled after a question', async () => {
      await onPage({}, async (page) => {
        const start_at = new Date(Date.now() + HOUR).toISOString();
        const deliver_by = new Date(Date.now() + 2 * HOUR).toISOString();
        const id = await enqueue(app, 'ops', { body: '{}' }, { start_at, deliver_by });
        await open(page, id);
        await panel(page)
          .getByText(/^The first attempt comes in (59 min|1 h), at/)
          .waitFor();
        await panel(page)
          .getByText(/^No attempt begins after/)
          .waitFor();
        await page.getByRole('button', { name: 'Cancel execution' }).click();
        await page.getByRole('dialog', { name: 'Cancel this execution' }).waitFor();
        await page.locator('[data-test-subj=confirmModalConfirmButton]').click();
        await panel(page).getByRole('heading', { name: 'Cancelled before the first attempt' }).waitFor();
        expect(await statusOf(app, id)).toBe('cancelled');
      });
    });
  });

  describe('repeating', () => {
    test('sends it again as a new execution, which names the old one', async () => {
      await onPage({}, async (page) => {
        await open(page, failed, '?range=7d');
        await panel(page).getByRole('button', { name: 'Retry', exact: true }).click();
        await panel(page).getByRole('heading', { name: 'Succeeded' }).waitFor();
        const address = new URL(page.url());
        expect(address.pathname).not.toContain(failed);
        expect(address.search).toBe('?range=7d');
        expect(target.bodies.get('/200/ops')).toContain('{"text":"disk full"}');
        await panel(page).getByRole('link', { name: failed }).click();
        await page.waitForURL(`**/executions/${failed}?range=7d`);
        await panel(page).getByRole('heading', { name: 'Failed after 3 attempts' }).waitFor();
      });
    });

    test('with changes: what is no JSON object is refused, and nothing typed is lost unasked', async () => {
      await onPage({}, async (page) => {
        await open(page, failed);
        await panel(page).getByRole('button', { name: 'Retry with changes' }).click();
        const field = panel(page).getByLabel('Parameters (JSON)');
        expect(JSON.parse(await field.inputValue())).toEqual({ body: '{"text":"disk full"}' });
        await field.fill('{"body": ');
        await panel(page).getByRole('button', { name: 'Send' }).click();
        await panel(page).getByText('This is not JSON').waitFor();
        expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
        await field.fill('[1]');
        await panel(page).getByRole('button', { name: 'Send' }).click();
        await panel(page).getByText('The parameters must be an object').waitFor();

        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Keep editing' }).click();
        expect(await field.inputValue()).toBe('[1]');

        await field.fill('{"body": "edited"}');
        await panel(page).getByRole('button', { name: 'Send' }).click();
        await panel(page).getByRole('heading', { name: 'Succeeded' }).waitFor();
        await until(() => target.bodies.get('/200/ops')?.includes('edited') === true, 'the target gets the change');
      });
    });

    test('says why when it is refused', async () => {
      await onPage({}, async (page) => {
        const [id = ''] = await logPast(app, [{ ...failedAfterThree(), connectorId: 'gone', connectorName: 'Gone' }]);
        await open(page, id);
        await panel(page).getByRole('button', { name: 'Retry', exact: true }).click();
        await page.getByText(/It could not be queued again: .*gone.* not found/).waitFor();
      });
    });

    test('is not offered where nothing was kept', async () => {
      await onPage({}, async (page) => {
        const [id = ''] = await logPast(app, [{ agoMs: MINUTE }]);
        await open(page, id);
        await panel(page).getByText('The parameters of executions that succeeded are not kept').waitFor();
        expect(await panel(page).getByRole('button', { name: 'Retry' }).count()).toBe(0);
      });
    });
  });

  describe.each([
    ['dark', 320],
    ['light', 1280],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('fits and is accessible', async () => {
      await onPage({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
        await open(page, failed);
        await timeline(page).getByRole('button', { name: 'Request' }).first().click();
        await expectToFit(page);
        await expectAccessible(page);
        await screenshot(page, `execution-${colorScheme}-${width}`);
        await panel(page).getByRole('button', { name: 'Retry with changes' }).click();
        await expectAccessible(page);
      });
    });
  });
});
