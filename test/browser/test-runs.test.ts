import { connect, type Socket } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { create, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { httpServer, tcpServer } from '../support/http-servers.ts';
import { freePort } from '../support/tcp-server.ts';
import { describeInBrowser, eventually, expectAccessible, expectToFit, screenshot, testConsole } from './console.ts';

const HOSTILE = '</code><script>globalThis.ran = true</script><img src=x onerror="globalThis.ran = true">';
/** Reverses what follows, rings a bell, colours a terminal. */
const TRICKY = 'invoice\u202egnp.exe \u0007 \u001b[31mred';

const target = await startTarget();
const app = await startTestApp();
const { onPage } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog');
const field = (page: Page, name: string) => panel(page).getByRole('textbox', { name, exact: true });
const subject = (page: Page, name: string) => page.locator(`[data-test-subj="${name}"]`);
const tab = (page: Page, name: string) => panel(page).getByRole('tab', { name, exact: true });
const run = (page: Page) => subject(page, 'executeActionButton');
const succeeded = (page: Page) => subject(page, 'executionSuccessfulResult');
const failed = (page: Page) => subject(page, 'executionFailureResult');
const isFocused = (box: { matches(selector: string): boolean }) => box.matches(':focus');
const executionsOf = async (id: string) =>
  (await app.call('GET', `/api/actions/executions?connector_id=${id}`)).body.data;

const hook = (url: string, name = 'Ops hook') =>
  create(app, { name, connector_type_id: '.webhook', config: { url, hasAuth: false }, secrets: {} });

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/connectors/${id}/test`);
  await run(page).waitFor();
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await element.evaluate(isFocused)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the focus does not come to ${element}`);
}

/** A way to the server that can be cut, for as long as it takes. */
async function wayToServer() {
  const sockets = new Set<Socket>();
  let isCut = false;
  const { origin } = await tcpServer((socket) => {
    if (isCut) return socket.destroy();
    const onward = connect(Number(new URL(app.url).port), '127.0.0.1');
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => undefined).on('close', () => sockets.delete(end));
    }
    socket.pipe(onward).pipe(socket);
  });
  return {
    origin,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
  };
}

/** Fails when a part of the panel can be scrolled sideways. */
async function expectPanelToFit(page: Page): Promise<void> {
  await expectToFit(page);
  const wide = await page.evaluate(
    `[...document.querySelectorAll('[role=dialog], [role=dialog] > *')].filter((box) => box.scrollWidth > box.clientWidth).map(({ className }) => className)`,
  );
  expect(wide).toEqual([]);
}

describeInBrowser('a test that runs', () => {
  test('can be left while the target thinks, and ends without the page', async () => {
    const id = await hook(`${target.url}/hold`);
    await onPage({}, async (page) => {
      await open(page, id);
      await run(page).click();
      await eventually(() => target.received.length).toBe(1);
      expect(await run(page).getAttribute('data-loading')).toBe('true');
      // Neither Enter nor another press runs it a second time.
      await field(page, 'Body').press('Tab');
      await run(page).click({ force: true });
      await tab(page, 'Answer').click();
      await subject(page, 'configureConnectorTab').click();
      await subject(page, 'testConnectorTab').click();
      await run(page).waitFor();
      await page.keyboard.press('Escape');
      await panel(page).waitFor({ state: 'detached' });
      expect(await executionsOf(id)).toEqual([]);
      target.release();
      await eventually(() => executionsOf(id)).toMatchObject([{ status: 'succeeded' }]);
      await page.goto(`/connectors/${id}/executions`);
      await panel(page).getByText('Succeeded').first().waitFor();
    });
    expect(target.received).toHaveLength(1);
  });

  test('is waited for as long as the server waits, however long that is', async () => {
    const id = await hook(`${target.url}/slow`);
    await onPage({}, async (page) => {
      await open(page, id);
      // Every limit that the page sets from here on is over at once.
      await page.evaluate('AbortSignal.timeout = () => AbortSignal.abort()');
      await run(page).click();
      await succeeded(page).waitFor();
    });
  });

  test('says so when the server is lost, and keeps the parameters', async () => {
    const held = Promise.withResolvers<void>();
    const { origin, seen } = await httpServer(async (_request, response) => {
      await held.promise;
      response.end('{}');
    });
    const id = await hook(origin);
    const way = await wayToServer();
    await onPage({ base: way.origin }, async (page, { problems }) => {
      await open(page, id);
      await field(page, 'Body').fill('{"mine": 1}');
      await run(page).click();
      await eventually(() => seen.length).toBe(1);
      way.cut();
      const lost = panel(page).getByRole('alert').filter({ hasText: 'The answer did not arrive' });
      await lost.getByText('The action may have been performed all the same').waitFor();
      expect(await field(page, 'Body').inputValue()).toBe('{"mine": 1}');
      await screenshot(page, 'test-lost');
      await expectAccessible(page);

      way.mend();
      held.resolve();
      await run(page).click();
      await succeeded(page).waitFor();
      expect(await lost.count()).toBe(0);
      expect(seen.map(({ body }) => body)).toEqual(['{"mine": 1}', '{"mine": 1}']);
      // The browser's own words for what was done to it.
      expect(problems.filter((problem) => !problem.startsWith('Failed to load resource: net::ERR_'))).toEqual([]);
      problems.length = 0;
    });
  });

  test('says so when the target cannot be reached', async () => {
    const id = await hook(`http://127.0.0.1:${await freePort()}/`);
    await onPage({}, async (page) => {
      await open(page, id);
      await run(page).click();
      await failed(page).getByText('ECONNREFUSED').waitFor();
      await panel(page).getByText('No answer came from the target.').waitFor();
      await subject(page, 'executionResultCodeBlock').getByText('"status": "error"').waitFor();
    });
  });

  test('shows whatever a target answers as text', async () => {
    const { origin } = await httpServer((_request, response) => {
      response.writeHead(500, { 'content-type': 'text/html', 'x-said': HOSTILE });
      response.end(JSON.stringify({ message: HOSTILE + TRICKY, more: `${TRICKY} ${'w'.repeat(100_000)}` }));
    });
    const id = await hook(origin, HOSTILE + TRICKY);
    await onPage({ viewport: { width: 320, height: 900 } }, async (page) => {
      await open(page, id);
      await field(page, 'Body').fill(`{"long": "${'x'.repeat(100_000)}"}`);
      await run(page).click();
      await failed(page).getByText('<script>globalThis.ran = true</script>').waitFor();
      await subject(page, 'executionResultCodeBlock').getByText(HOSTILE.slice(8, 30)).first().waitFor();
      const text = await panel(page).innerText();
      expect(text).toContain('invoice[U+202E]gnp.exe');
      expect(text).not.toMatch(/[\u202e\u0007\u001b]/);
      await expectPanelToFit(page);
      await screenshot(page, 'test-hostile-320');
      for (const name of ['Request', 'As the target shows it']) {
        await tab(page, name).click();
        await panel(page).getByRole('tabpanel', { name }).getByText('"long"').waitFor();
        await expectPanelToFit(page);
      }
      expect(await page.evaluate('globalThis.ran')).toBeUndefined();
      expect(await panel(page).locator('img, script').count()).toBe(0);
    });
  });

  test('a time before which nothing should be tried again is named', async () => {
    const { origin } = await httpServer((_request, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end();
    });
    const id = await hook(origin);
    await onPage({}, async (page) => {
      await open(page, id);
      await run(page).click();
      await failed(page)
        .getByText(/Do not try again before \w+ \d/)
        .waitFor();
    });
  });

  test('with the keyboard alone: choose, type, run, read, leave', async () => {
    const id = await hook(`${target.url}/keys`);
    await onPage({}, async (page) => {
      await open(page, id);
      await tabTo(page, field(page, 'Body'));
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type('{"typed": true}');
      await tabTo(page, run(page));
      await page.keyboard.press('Enter');
      await succeeded(page).waitFor();
      expect(target.received.at(-1)).toMatchObject({ url: '/keys', body: '{"typed": true}' });
      // The press has not moved the focus, so the same key runs it again.
      expect(await run(page).evaluate(isFocused)).toBe(true);

      await tabTo(page, tab(page, 'Answer'));
      await page.keyboard.press('ArrowLeft');
      await panel(page).getByRole('tabpanel', { name: 'As the target shows it' }).waitFor();
      await page.keyboard.press('ArrowLeft');
      await panel(page).getByRole('tabpanel', { name: 'Request' }).getByText('"typed": true').waitFor();
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await tabTo(page, panel(page).getByRole('link', { name: 'Open in the log' }));
      await page.keyboard.press('Enter');
      await page.waitForURL('**/executions/*');
      await page.goBack();
      await run(page).waitFor();
      await page.keyboard.press('Escape');
      await panel(page).waitFor({ state: 'detached' });
    });
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test.each([320, 1280, 2560])('fits into %i pixels', async (width) => {
      const id = await hook(`${target.url}/status/503`);
      await onPage({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
        await open(page, id);
        await panel(page).getByText('"disk": 93').last().waitFor();
        for (const name of ['Request', 'As the target shows it', 'Answer']) {
          await tab(page, name).click();
          if (name === 'Answer') {
            await run(page).click();
            await failed(page).waitFor();
          }
          await expectPanelToFit(page);
          await expectAccessible(page, `${name} at ${width} in ${colorScheme}`);
          await screenshot(page, `test-${name.split(' ').at(-1)}-${width}-${colorScheme}`.toLowerCase());
        }
      });
    });
  });
});
