import { describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { launchBrowser, openPage } from './browser.ts';
import { describeInBrowser, testConsole } from './console.ts';

const app = await startTestApp();
const { onPage, signIn } = testConsole(app);

describeInBrowser('signing in with a browser', () => {
  describe('the browser of these tests', () => {
    test('reaches loopback addresses only', async () => {
      const browser = await launchBrowser();
      const { page, requests } = await openPage(browser);
      const failed = page.waitForEvent('requestfailed');
      await expect(page.evaluate("fetch('https://example.com/')")).rejects.toThrow();
      expect((await failed).failure()?.errorText).toBe('net::ERR_BLOCKED_BY_CLIENT.Inspector');
      expect(requests).toEqual(['https://example.com/']);
      await browser.close();
    });

    test('notices a breach of the policy, and the policy holds', async () => {
      await onPage({ signedIn: false }, async (page, { problems }) => {
        await page.goto('/login');
        await page.getByLabel('User name').waitFor();
        await page.evaluate(
          "document.body.append(Object.assign(document.createElement('script'), { textContent: 'ran = 1' }))",
        );
        await expect.poll(() => problems).toContain('CSP script-src-elem: inline');
        expect(await page.evaluate('typeof ran')).toBe('undefined');
        problems.length = 0;
      });
    });
  });

  describe('signing in', () => {
    test('a wrong password is refused in words, and the form stays usable', async () => {
      await onPage({ signedIn: false }, async (page) => {
        await signIn(page, '/login', 'wrong');
        await page.getByText('The user name or the password is wrong.').waitFor();
        expect(await page.getByLabel('Password').inputValue()).toBe('');
        expect(await page.evaluate('document.activeElement.id')).toBe('password');
        await page.keyboard.type(app.admin.password);
        await page.keyboard.press('Enter');
        await page.waitForURL('**/connectors');
      });
    });

    test('a password manager may fill the fields without a key being pressed', async () => {
      await onPage({ signedIn: false }, async (page) => {
        await page.goto('/login');
        await page.getByLabel('User name').waitFor();
        await page.evaluate(
          `username.value = 'admin'; password.value = ${JSON.stringify(app.admin.password)}; password.form.requestSubmit()`,
        );
        await page.waitForURL('**/connectors');
      });
    });

    test('empty fields are named and focused, one after the other', async () => {
      await onPage({ signedIn: false }, async (page) => {
        await page.goto('/login');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByText('Enter your user name.').waitFor();
        await page.keyboard.type('somebody');
        await page.keyboard.press('Enter');
        await page.getByText('Enter your password.').waitFor();
        expect(await page.evaluate('document.activeElement.id')).toBe('password');
      });
    });

    test('after too many wrong ones, it says to wait', async () => {
      const body = { username: 'nobody', password: 'x' };
      for (let guess = 0; guess < 10; guess += 1)
        await app.call('POST', '/internal/session', body, { authorization: undefined });
      await onPage({ signedIn: false }, async (page) => {
        await page.goto('/login');
        await page.getByLabel('User name').fill(body.username);
        await page.getByLabel('Password').fill(body.password);
        await page.keyboard.press('Enter');
        await page.getByText(/Too many sign-in attempts. Wait/).waitFor();
      });
    });

    test('leads back to the page that asked for it, with its search', async () => {
      await onPage({ signedIn: false }, async (page) => {
        await page.goto('/s/ops/connectors?q=only');
        await page.waitForURL('**/s/ops/login?next=*');
        await signIn(page, page.url());
        await page.waitForURL('**/s/ops/connectors?q=only');
      });
    });

    test.each([
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '\\\\evil.example/',
      '/\t/evil.example/',
      'javascript:alert(1)',
      'evil.example',
    ])('never leads to another site: next=%s', async (next) => {
      await onPage({}, async (page) => {
        // Who is signed in already is sent on at once.
        await page.goto(`/login?next=${encodeURIComponent(next)}`);
        await page.waitForURL(`${app.url}/connectors`);
      });
    });

    test('a path whose normalised form looks like another host stays on this one', async () => {
      await onPage({}, async (page) => {
        await page.goto(`/login?next=${encodeURIComponent('/.//evil.example/')}`);
        await page.waitForURL(`${app.url}//evil.example/`);
      });
    });
  });
});
