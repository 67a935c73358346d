import type { Locator, Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { httpServer } from '../support/http-servers.ts';
import { describeInBrowser, expectAccessible, expectToFit, screenshot, testConsole } from './console.ts';

const app = await startTestApp();
const belowPath = await startTestApp({ 'server.basePath': '/tools/patchbay', 'server.rewriteBasePath': true });
afterAll(() => belowPath.stop());
const { onPage, signIn } = testConsole(app);

const PAGES = [
  ['Connectors', '/connectors'],
  ['Executions', '/executions'],
  ['Health', '/health'],
  ['Access', '/access'],
] as const;

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
const scheme = (page: Page) => page.locator('html').getAttribute('data-mantine-color-scheme');
const focused = (page: Page) =>
  page.evaluate(
    '(document.activeElement.getAttribute("aria-label") || document.activeElement.textContent.trim()).slice(0, 80)',
  );
/** Waits for it: what had the focus gets it back a moment after what took it is gone. */
const hasFocus = (locator: Locator) =>
  expect.poll(() => locator.evaluate((element) => element.matches(':focus'))).toBe(true);
const holdsFocus = (locator: Locator) => locator.evaluate((element) => element.matches(':focus-within'));

describeInBrowser('the frame around the pages', () => {
  describe('navigation', () => {
    test('leads to every page, says where one is, and names the document', async () => {
      await onPage({}, async (page) => {
        for (const [name, path] of PAGES) {
          await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name }).click();
          await heading(page, name).waitFor();
          expect(new URL(page.url()).pathname).toBe(path);
          expect(await page.title()).toBe(`${name} · Patchbay`);
          const current = page.locator('nav[aria-label=Console] [aria-current=page]');
          expect(await current.allInnerTexts()).toEqual([name]);
        }
        await page.goBack();
        await heading(page, 'Health').waitFor();
        await page.getByRole('link', { name: 'API reference' }).click();
        await page.locator('article').first().waitFor();
      });
    });

    test('an address that leads nowhere says so', async () => {
      await onPage({}, async (page) => {
        await page.goto('/executions/one/two');
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
        await page.getByRole('link', { name: 'Show connectors' }).click();
        await heading(page, 'Connectors').waitFor();
      });
    });

    test('the keyboard skips it, and sees where it is', async () => {
      await onPage({}, async (page) => {
        await heading(page, 'Connectors').waitFor();
        await page.keyboard.press('Tab');
        expect(await focused(page)).toBe('Skip to the content');
        expect(await page.evaluate('document.activeElement.getBoundingClientRect().top')).toBeGreaterThanOrEqual(0);
        const stops: unknown[] = [];
        for (let press = 0; press < 8; press += 1) {
          await page.keyboard.press('Tab');
          stops.push(await focused(page));
          expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
        }
        expect(stops).toEqual([
          'Patchbay',
          'Space default',
          'Colours',
          'Signed in as admin',
          'Connectors',
          'Executions',
          'Health',
          'Access',
        ]);
        await page.evaluate('document.activeElement.blur()');
        await page.reload();
        await heading(page, 'Connectors').waitFor();
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        expect(await page.evaluate('document.activeElement.id')).toBe('main');
      });
    });

    test('on a phone it opens over the page, and closes with what is chosen', async () => {
      await onPage({ viewport: { width: 320, height: 640 } }, async (page) => {
        const menu = page.getByRole('button', { name: 'Open the navigation' });
        await menu.click();
        await screenshot(page, 'navigation-320');
        await page.keyboard.press('Escape');
        await hasFocus(menu);
        await menu.click();
        await page.getByRole('dialog').getByRole('link', { name: 'Health' }).click();
        await heading(page, 'Health').waitFor();
        await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
      });
    });
  });

  describe('panels', () => {
    test('have an address; Escape closes them and gives the focus back; Back and Forward work', async () => {
      await onPage({}, async (page) => {
        const opener = page.locator('[data-test-subj=createConnectorButton]').first();
        await opener.focus();
        await page.keyboard.press('Enter');
        await page.waitForURL('**/connectors/new');
        const panel = page.getByRole('dialog');
        await panel.waitFor();
        expect(await holdsFocus(panel)).toBe(true);
        await page.keyboard.press('Escape');
        await page.waitForURL('**/connectors');
        await panel.waitFor({ state: 'detached' });
        await hasFocus(opener);
        await page.goBack();
        await panel.waitFor();
        await page.reload();
        await panel.waitFor();
        await page.goBack();
        await panel.waitFor({ state: 'detached' });
      });
    });

    test('keep the focus inside', async () => {
      await onPage({}, async (page) => {
        await page.goto('/connectors/new');
        const panel = page.getByRole('dialog');
        await panel.waitFor();
        await page.keyboard.press('Shift+Tab');
        await page.keyboard.press('Shift+Tab');
        await page.keyboard.press('Shift+Tab');
        expect(await holdsFocus(panel)).toBe(true);
      });
    });
  });

  describe('colours', () => {
    test('follow the system until one is chosen, which is kept', async () => {
      await onPage({ colorScheme: 'dark' }, async (page) => {
        expect(await scheme(page)).toBe('dark');
        await page.emulateMedia({ colorScheme: 'light' });
        await expect.poll(() => scheme(page)).toBe('light');
        await page.getByRole('button', { name: 'Colours' }).click();
        await page.getByRole('menuitemradio', { name: 'Dark' }).click();
        expect(await scheme(page)).toBe('dark');
        await page.reload();
        expect(await scheme(page)).toBe('dark');
        await page.goto('/docs/api');
        expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(17, 23, 23)');
        await page.goto('/connectors');
        await page.getByRole('button', { name: 'Colours' }).click();
        await page.getByRole('menuitemradio', { name: 'As the system' }).click();
        await expect.poll(() => scheme(page)).toBe('light');
      });
    });

    test('are right before the program runs: nothing flashes', async () => {
      await onPage({}, async (page) => {
        await page.getByRole('button', { name: 'Colours' }).click();
        await page.getByRole('menuitemradio', { name: 'Dark' }).click();
        const { promise: looked, resolve: goOn } = Promise.withResolvers<void>();
        await page.route('**/app/*.js', async (route) => {
          await looked;
          await route.continue();
        });
        await page.reload({ waitUntil: 'commit' });
        const areStylesThere =
          'document.querySelectorAll("link[rel=stylesheet]").length === document.styleSheets.length';
        await expect.poll(() => page.evaluate(`document.body !== null && ${areStylesThere}`)).toBe(true);
        expect(await page.locator('#root').innerHTML()).toBe('');
        const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
        const before = await background();
        expect(before).toBe('rgb(17, 23, 23)');
        goOn();
        await heading(page, 'Connectors').waitFor();
        expect(await background()).toBe(before);
      });
    });
  });

  describe('spaces', () => {
    test('belong to the address, and lead to each other', async () => {
      await onPage({}, async (page) => {
        await page.getByRole('button', { name: 'Space default' }).click();
        const name = page.getByLabel('Name of the space');
        await name.fill('Not a name');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').getByText('Lower-case letters').last().waitFor();
        expect(await name.getAttribute('aria-invalid')).toBe('true');
        await name.fill('ops');
        await page.keyboard.press('Enter');
        await page.waitForURL('**/s/ops/connectors');
        await page.getByRole('button', { name: 'Space ops' }).click();
        await page.getByRole('link', { name: 'default' }).click();
        await page.waitForURL(`${app.url}/connectors`);
      });
    });
  });

  describe('below a path', () => {
    test('that the server takes off: pages, panels and calls stay below it, also in a space', async () => {
      await onPage({ base: belowPath.url, signedIn: false }, async (page, { requests }) => {
        await signIn(page, '/tools/patchbay/s/ops/login?next=%2Ftools%2Fpatchbay%2Fs%2Fops%2Fhealth');
        await page.waitForURL('**/tools/patchbay/s/ops/health');
        await heading(page, 'Health').waitFor();
        await page.getByRole('link', { name: 'Connectors' }).click();
        await heading(page, 'Connectors').waitFor();
        await page.goto('/tools/patchbay/s/ops/connectors/new');
        await page.getByRole('dialog').waitFor();
        await page.keyboard.press('Escape');
        await page.waitForURL('**/tools/patchbay/s/ops/connectors');
        for (const url of requests)
          expect(new URL(url).pathname).toMatch(/^\/tools\/patchbay\/(s\/ops|(app|assets)\/)/);
      });
    });

    test('that a proxy takes off', async () => {
      const proxy = await httpServer(async (request, response) => {
        const { accept, cookie, ...rest } = request.headers;
        const headers = { accept: accept ?? '*/*', cookie: cookie ?? '', 'kbn-xsrf': String(rest['kbn-xsrf'] ?? '') };
        const path = request.url!.replace(/^\/behind/, '');
        const body = request.method === 'POST' ? { body: '{"username":"admin","password":"test-admin-password"}' } : {};
        const answer = await fetch(app.url + path, {
          method: request.method,
          headers: { ...headers, ...(request.method === 'POST' ? { 'content-type': 'application/json' } : {}) },
          redirect: 'manual',
          ...body,
        });
        for (const name of ['content-type', 'set-cookie', 'location', 'content-security-policy']) {
          const value = answer.headers.get(name);
          if (value !== null) response.setHeader(name, value);
        }
        response.statusCode = answer.status;
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
      await onPage({ base: proxy.origin, signedIn: false }, async (page, { requests }) => {
        await signIn(page, '/behind/login');
        await page.waitForURL('**/behind/connectors');
        await heading(page, 'Connectors').waitFor();
        await page.goto('/behind/s/ops/connectors/new');
        await page.getByRole('dialog').waitFor();
        for (const url of requests) expect(new URL(url).pathname).toMatch(/^\/behind\//);
      });
    });
  });

  describe('when something fails', () => {
    test('a session that is over leads to the sign-in page and back', async () => {
      await onPage({ signedIn: false }, async (page, { context }) => {
        await signIn(page);
        await heading(page, 'Connectors').waitFor();
        await context.clearCookies();
        await page.goto('/executions?status=failed');
        await page.waitForURL('**/login?next=*');
        await signIn(page, page.url());
        await page.waitForURL('**/executions?status=failed');
      });
    });

    test('signing out ends the session, and Back does not bring the page back', async () => {
      await onPage({ signedIn: false }, async (page, { context }) => {
        await signIn(page);
        await heading(page, 'Connectors').waitFor();
        const [cookie] = await context.cookies();
        expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
        await page.getByRole('button', { name: 'Signed in as admin' }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.waitForURL('**/login');
        const headers = { authorization: undefined, cookie: `${cookie!.name}=${cookie!.value}` };
        expect((await app.call('GET', '/api/actions/connectors', undefined, headers)).status).toBe(401);
        await page.goBack();
        await page.waitForURL('**/login?next=*');
        expect(await page.getByRole('navigation').count()).toBe(0);
      });
    });

    test('a browser that is offline is told so', async () => {
      await onPage({}, async (page, { context }) => {
        await heading(page, 'Connectors').waitFor();
        await context.setOffline(true);
        await page.getByText('You are offline.').waitFor();
        await context.setOffline(false);
        await page.getByText('You are offline.').waitFor({ state: 'detached' });
      });
    });

    test('a slow server gets a word, and the page stays usable', async () => {
      await onPage({}, async (page) => {
        await heading(page, 'Connectors').waitFor();
        const { promise: noticed, resolve: goOn } = Promise.withResolvers<void>();
        await page.route('**/api/**', async (route) => {
          await noticed;
          await route.continue();
        });
        await page.reload();
        await page.getByText('The server is taking longer than usual.').waitFor();
        await page.getByRole('button', { name: 'Colours' }).click();
        await page.keyboard.press('Escape');
        goOn();
        await page.getByText('The server is taking longer than usual.').waitFor({ state: 'detached' });
      });
    });

    test('a server that cannot be reached at all is named, and the next try works', async () => {
      await onPage({}, async (page) => {
        await page.route('**/internal/session', (route) => route.abort());
        await page.reload();
        await page.getByText('The console could not be loaded').waitFor();
        await page.getByText('The server cannot be reached.').waitFor();
        await screenshot(page, 'shell-failure');
        await page.unroute('**/internal/session');
        await page.getByRole('button', { name: 'Try again' }).click();
        await heading(page, 'Connectors').waitFor();
      });
    });

    test('a page whose code is gone says to reload', async () => {
      await onPage({}, async (page, { problems }) => {
        await heading(page, 'Connectors').waitFor();
        await page.route('**/app/HealthPage-*.js', (route) => route.abort());
        await page.getByRole('link', { name: 'Health' }).click();
        await page.getByText('A part of the console could not be loaded').waitFor();
        await page.unroute('**/app/HealthPage-*.js');
        await page.getByRole('button', { name: 'Reload the page' }).click();
        await heading(page, 'Health').waitFor();
        // What the page says in words; nothing else went wrong.
        const others = problems.splice(0).filter((problem) => !problem.includes('dynamically imported module'));
        expect(others).toEqual([]);
      });
    });
  });

  describe.each([
    ['light', 320],
    ['dark', 320],
    ['light', 1280],
    ['dark', 1280],
    ['dark', 2560],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('every page fits, can be used by everybody, and follows the colours', async () => {
      await onPage({ colorScheme, viewport: { width, height: 900 }, signedIn: false }, async (page) => {
        const look = async (name: string) => {
          await expectToFit(page, name);
          const background = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string;
          const isDark = background.match(/\d+/g)!.every((part) => Number(part) < 60);
          expect([name, isDark]).toEqual([name, colorScheme === 'dark']);
          await expectAccessible(page, name);
          await screenshot(page, `${name}-${colorScheme}-${width}`);
        };
        await page.goto('/login');
        await page.getByLabel('User name').waitFor();
        await look('login');
        await signIn(page);
        for (const [name, path] of PAGES) {
          await page.goto(path);
          await heading(page, name).waitFor();
          await look(name.toLowerCase());
        }
        await page.goto('/docs/api');
        await page.locator('article').first().waitFor();
        await expectToFit(page);
        await screenshot(page, `api-reference-${colorScheme}-${width}`);
      });
    });
  });
});
