import type { Page } from 'playwright-core';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { addUser } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, testConsole } from './console.ts';

const app = await startTestApp();
const { onPage } = testConsole(app);

const PAGES = [
  ['Connectors', '/connectors'],
  ['Executions', '/executions'],
  ['Health', '/health'],
  ['Access', '/access'],
] as const;

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

/** Something on the page that changed its place without being asked to. */
interface Shift {
  readonly value: number;
  /** What moved: the bar at the top, or the beginning of its markup. */
  readonly moved: readonly string[];
}

/** Notes every shift on the pages that are opened from now on. */
const watchShifts = (page: Page) =>
  page.addInitScript(`
    globalThis.shifts = [];
    const nameOf = (node) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return element?.closest('[data-top-bar]') ? 'top bar' : String(element?.outerHTML).slice(0, 120);
    };
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries())
        if (!hadRecentInput) shifts.push({ value, moved: sources.map(({ node }) => nameOf(node)) });
    }).observe({ type: 'layout-shift', buffered: true });
  `);

/** Opens a page whose data comes only when its frame stands, and answers what moved until all is there. */
async function shiftsOf(page: Page, name: string, path: string): Promise<readonly Shift[]> {
  const { promise: looked, resolve: goOn } = Promise.withResolvers<void>();
  await page.route(/\/(api|internal)\//, async (route) => {
    await looked;
    await route.continue();
  });
  await page.goto(path);
  await page.getByRole('button', { name: 'Colours' }).waitFor();
  goOn();
  await heading(page, name).waitFor();
  await page.getByRole('button', { name: /^Signed in as/ }).waitFor();
  await page.waitForLoadState('networkidle');
  await page.unroute(/\/(api|internal)\//);
  return page.evaluate('shifts') as Promise<Shift[]>;
}

async function expectStill(page: Page, name: string, path: string): Promise<void> {
  const shifts = await shiftsOf(page, name, path);
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  expect(sum, `${name}: ${JSON.stringify(shifts)}`).toBeLessThanOrEqual(0.01);
  // The bar is so small that hardly any of its movements would count.
  expect(shifts.filter(({ moved }) => moved.includes('top bar'))).toEqual([]);
}

describeInBrowser('loading the console', () => {
  test.each([320, 720, 1280])('nothing moves while the pages load, %d px wide', async (width) => {
    await onPage({ viewport: { width, height: 800 } }, async (page) => {
      await watchShifts(page);
      for (const [name, path] of PAGES) await expectStill(page, name, path);
    });
  });

  test.each(['a', 'somebody.with.a.long.name@example.com'])('nothing moves for the user %s', async (username) => {
    const headers = await addUser(app, username, ['actions_all']);
    expect((await app.call('GET', '/internal/session/profile', undefined, headers)).status).toBe(200);
    await onPage({ signedIn: false }, async (page) => {
      const data = { username, password: `password of ${username}` };
      const options = { data, headers: { 'kbn-xsrf': 'test' } };
      expect((await page.context().request.post('/internal/session', options)).status()).toBe(200);
      await watchShifts(page);
      await expectStill(page, 'Connectors', '/connectors');
    });
  });

  test('the first load takes at most 250 kB of script, compressed', async () => {
    await onPage({}, async (page) => {
      const cold = await page
        .context()
        .browser()!
        .newContext({ storageState: await page.context().storageState() });
      const first = await cold.newPage();
      const scripts: { path: string; size: Promise<number> }[] = [];
      first.on('requestfinished', (finished) => {
        if (finished.resourceType() !== 'script') return;
        const size = finished.sizes().then(({ responseBodySize }) => responseBodySize);
        scripts.push({ path: new URL(finished.url()).pathname, size });
      });
      await first.goto(`${app.url}/connectors`);
      await heading(first, 'Connectors').waitFor();
      await first.waitForLoadState('networkidle');
      const sizes = await Promise.all(scripts.map(({ size }) => size));
      await cold.close();
      expect(scripts.length).toBeGreaterThan(1);
      const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
      expect(sum(sizes), JSON.stringify(scripts)).toBeLessThanOrEqual(250_000);
      expect(sum(sizes)).toBeGreaterThan(50_000);
      // Browsers offer brotli to https and to this machine only; elsewhere gzip is what people get.
      const gzipped = scripts.map(async ({ path }) => {
        const answer = await request(`${app.url}${path}`, { headers: { 'accept-encoding': 'gzip' } });
        const { byteLength } = await answer.body.arrayBuffer();
        expect([path, answer.headers['content-encoding']]).toEqual([path, 'gzip']);
        return byteLength;
      });
      expect(sum(await Promise.all(gzipped))).toBeLessThanOrEqual(250_000);
    });
  });
});
