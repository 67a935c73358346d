import type { Browser, Page } from 'playwright-core';
import { browserMissing, launchBrowser } from '../test/browser/browser.ts';
import { HEADERS, PASSWORD } from './client.ts';
import type { Figure } from './figure.ts';
import { createConnectors } from './list.ts';
import { median } from './load.ts';
import { startServer } from './processes.ts';

const CONNECTORS = 10_000;
const LOADS = 7;
const LIST_LIMIT_MS = 1_000;
const SEARCH_LIMIT_MS = 100;
/** Each leaves another number of rows than the one before it. */
const SEARCHES = ['connector 77', 'webhook', '9999', 'nothing has this name', 'connector 1', '500', 'hook 42', ''];

/** The console in a real browser, on a list of 10,000 connectors: how long it takes to appear, and to search. */
export async function benchConsole(dataDir: string): Promise<Figure[]> {
  if (browserMissing !== undefined) return [{ name: 'the console', skipped: browserMissing }];
  const server = await startServer(dataDir, PASSWORD);
  const browser = await launchBrowser();
  try {
    await createConnectors(server.url, CONNECTORS);
    const loads: number[] = [];
    const references: number[] = [];
    const searches: number[] = [];
    for (let round = 0; round < LOADS; round += 1) {
      references.push(await onNewPage(browser, server.url, timeOfSignInPage));
      await onNewPage(browser, server.url, async (page) => {
        loads.push(await timeOfList(page));
        for (const text of SEARCHES) searches.push(await timeOfSearch(page, text));
      });
    }
    const reference = `the sign-in page: ${median(references).toFixed(0)} ms`;
    const worst = Math.max(...searches);
    const count = CONNECTORS.toLocaleString('en');
    const limits = (value: number, limitMs: number) => ({
      unit: 'ms',
      limit: `under ${limitMs} ms`,
      holds: value < limitMs,
    });
    return [
      {
        name: `the list of ${count} connectors can be used after, median`,
        value: median(loads),
        reference,
        ...limits(median(loads), LIST_LIMIT_MS),
      },
      {
        name: `search of ${count} rows, median`,
        value: median(searches),
        reference: 'from the key to the rows',
        ...limits(median(searches), SEARCH_LIMIT_MS),
      },
      { name: '… the slowest', value: worst, reference: `of ${searches.length}`, ...limits(worst, SEARCH_LIMIT_MS) },
    ];
  } finally {
    await browser.close();
    await server.child.stop();
  }
}

/** Nothing is in its cache yet. */
async function onNewPage<T>(browser: Browser, baseURL: string, use: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 } });
  try {
    const data = { username: 'admin', password: PASSWORD };
    await context.request.post('/internal/session', { data, headers: { 'kbn-xsrf': HEADERS['kbn-xsrf'] } });
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

/** In milliseconds from the navigation on, by the page's own clock, until what `selector` names is there and drawn. */
async function timeUntil(page: Page, path: string, selector: string): Promise<number> {
  await page.addInitScript(`
    globalThis.drawn = new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(${JSON.stringify(selector)}) === null) return false;
        // The frame is drawn, and nothing else keeps the page from answering.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        return true;
      };
      new MutationObserver((_, observer) => look() && observer.disconnect())
        .observe(document, { childList: true, subtree: true });
    });`);
  await page.goto(path, { waitUntil: 'commit' });
  return page.evaluate<number>('drawn');
}

const timeOfSignInPage = (page: Page) => timeUntil(page, '/login', 'input[type=password]');
const timeOfList = (page: Page) => timeUntil(page, '/connectors', '[data-test-subj=connectors-row]');

/** From the key to the frame that shows other rows. */
function timeOfSearch(page: Page, text: string): Promise<number> {
  return page.evaluate<number>(
    `(async () => {
      const input = document.querySelector('[data-test-subj=connectorSearch]');
      const summary = document.querySelector('[data-test-subj=connectorSummary]');
      const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
      const changed = new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        }).observe(summary, { childList: true, subtree: true, characterData: true });
      });
      const started = performance.now();
      setValue.call(input, ${JSON.stringify(text)});
      input.dispatchEvent(new Event('input', { bubbles: true }));
      return (await changed) - started;
    })()`,
  );
}
