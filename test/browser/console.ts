import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { browserMissing, launchBrowser, type ObservedPage, openPage } from './browser.ts';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const SCREENSHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

export interface PageOptions extends BrowserContextOptions {
  /** Start signed in, on the list of connectors; true when left out. The session is shared: sign out of your own only. */
  readonly signedIn?: boolean;
  /** Another server than the one of the file. */
  readonly base?: string;
}

export interface ConsoleTester {
  /** Runs `use` on a fresh page, then checks what must hold after every use: no error, no breach of the policy, no foreign request. */
  onPage(options: PageOptions, use: (page: Page, observed: ObservedPage) => Promise<void>): Promise<void>;
  /** Fills in the sign-in page at `path`. With the right password it returns on the page that follows. */
  signIn(page: Page, path?: string, password?: string): Promise<void>;
}

/** Starts a browser for the test file that calls it, at its top level, and stops it and the app at its end. */
export function testConsole(app: TestApp): ConsoleTester {
  let browser: Browser | undefined;
  // Checking a password is slow on purpose, so one session per server serves all tests that are not about signing in.
  const sessions = new Map<string, Cookie[]>();

  async function resumeSession(context: BrowserContext, base: string): Promise<void> {
    const cookies = sessions.get(base);
    if (cookies !== undefined) return context.addCookies(cookies);
    const headers = { 'kbn-xsrf': 'test' };
    const answer = await context.request.post('/internal/session', { data: app.admin, headers });
    expect(answer.status()).toBe(200);
    sessions.set(base, await context.cookies());
  }

  beforeAll(async () => {
    if (browserMissing !== undefined) return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await app.stop();
  });

  const tester: ConsoleTester = {
    async onPage({ signedIn = true, base = app.url, ...contextOptions }, use) {
      const observed = await openPage(browser!, { ...contextOptions, baseURL: base });
      try {
        if (signedIn) {
          await resumeSession(observed.context, base);
          await observed.page.goto('/connectors');
        }
        await use(observed.page, observed);
        expect(observed.problems).toEqual([]);
        expect(new Set(observed.requests.map((url) => new URL(url).origin))).toEqual(new Set([base]));
      } finally {
        await observed.context.close();
      }
    },
    async signIn(page, path = '/login', password = app.admin.password) {
      await page.goto(path);
      await page.getByLabel('User name').fill(app.admin.username);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      if (password === app.admin.password) await page.waitForURL((url) => !url.pathname.endsWith('/login'));
    },
  };
  return tester;
}

/** A `describe` that is skipped, with the reason in its name, where no browser can run. */
export function describeInBrowser(name: string, tests: () => void): void {
  describe.skipIf(browserMissing !== undefined)(
    browserMissing === undefined ? name : `${name} (${browserMissing})`,
    tests,
  );
}

/** Expects something that comes true in a moment; a busy machine may take some seconds. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 8_000 });

/** A row of a table, found by its id. */
export const rowOf = (page: Page, id: string) => page.locator(`[data-row-id="${id}"]`);

/** Writes `build/screenshots/<name>.png` for people to look at. */
export const screenshot = (page: Page, name: string) => page.screenshot({ path: `${SCREENSHOTS}${name}.png` });

/** Fails with what axe finds on the page, as far as it keeps people from using it. */
export async function expectAccessible(page: Page, name = page.url()): Promise<void> {
  // Evaluated, not added to the page as a script: the policy would refuse that.
  await page.evaluate(AXE);
  const findings = await page.evaluate(`
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary])))
  `);
  expect([name, findings]).toEqual([name, []]);
}

/** Fails when the page can be scrolled sideways. */
export async function expectToFit(page: Page, name = page.url()): Promise<void> {
  const width = page.viewportSize()!.width;
  expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width]);
}
