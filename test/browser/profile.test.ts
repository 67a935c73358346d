import type { Locator, Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, expectAccessible, expectToFit, screenshot, testConsole } from './console.ts';

const app = await startTestApp();
const { onPage } = testConsole(app);
const OLD = 'correct horse';
const NEXT = 'battery staple';

const panel = (page: Page) => page.getByRole('dialog', { name: 'Your profile' });
const current = (page: Page) => panel(page).getByLabel('Current password');
const next = (page: Page) => panel(page).getByLabel('New password');
const change = (page: Page) => panel(page).getByRole('button', { name: 'Change password' }).click();
const hasFocus = (field: Locator) =>
  expect.poll(() => field.evaluate((element) => element.matches(':focus'))).toBe(true);

let count = 0;
let username: string;
beforeEach(async () => {
  count += 1;
  username = `user-${count}`;
  const about = { full_name: 'Ann <b>Example</b>', email: 'ann@example.com' };
  const body = { username, password: OLD, roles: ['actions_read'], ...about };
  const answer = await app.call('POST', '/internal/security/users', body);
  expect(answer.status, answer.text).toBe(200);
});

/** Signs in as the user of the test, by the API. */
async function signedIn(page: Page, password = OLD): Promise<number> {
  const options = { data: { username, password }, headers: { 'kbn-xsrf': 'test' } };
  return (await page.context().request.post(`${app.url}/internal/session`, options)).status();
}

describeInBrowser('the profile', () => {
  test('opens from the menu of who is signed in, over the page about access, and closes', async () => {
    await onPage({ signedIn: false }, async (page) => {
      expect(await signedIn(page)).toBe(200);
      await page.goto('/executions');
      await page.getByRole('button', { name: `Signed in as ${username}` }).click();
      await page.getByRole('menuitem', { name: 'Your profile' }).click();
      await page.waitForURL('**/profile');
      await panel(page).getByText('Ann <b>Example</b>').waitFor();
      expect(await page.title()).toBe('Your profile · Patchbay');
      expect(await panel(page).locator('dl').innerText()).toMatch(
        new RegExp(`${username}[\\s\\S]*ann@example.com[\\s\\S]*actions_read`),
      );
      const rights = await panel(page).getByRole('list', { name: 'What you may do' }).locator('li').allInnerTexts();
      expect(rights.map((right) => right.split('\n'))).toEqual([
        ['See connectors and executions', 'allowed'],
        ['Test and run connectors', 'allowed'],
        ['Create connectors', 'not allowed'],
        ['Change connectors', 'not allowed'],
        ['Delete connectors', 'not allowed'],
        ['Manage users', 'not allowed'],
      ]);
      await page.reload();
      await panel(page).getByText('ann@example.com').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/access');
      await page.goBack();
      await panel(page).waitFor();
      await page.goBack();
      await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor();
    });
  });

  test('signs out', async () => {
    await onPage({ signedIn: false }, async (page) => {
      expect(await signedIn(page)).toBe(200);
      await page.goto('/profile');
      await panel(page).getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL('**/login');
    });
  });

  describe('a new password', () => {
    test('needs the current one, then holds everywhere; this session goes on', async () => {
      await onPage({ signedIn: false }, async (page) => {
        await onPage({ signedIn: false }, async (other) => {
          expect([await signedIn(page), await signedIn(other)]).toEqual([200, 200]);
          await other.goto('/connectors');
          await page.goto('/profile');
          await change(page);
          await panel(page).getByText('Enter your current password.').waitFor();
          await hasFocus(current(page));
          await page.keyboard.type('wrong horse');
          await next(page).fill('short');
          await page.keyboard.press('Enter');
          await panel(page).getByText('Enter a new password of at least 8 characters.').waitFor();
          await hasFocus(next(page));
          await next(page).fill('wrong horse');
          await page.keyboard.press('Enter');
          await panel(page).getByText('This is the present password.').waitFor();
          await next(page).fill(NEXT);
          await page.keyboard.press('Enter');
          await panel(page).getByText('The current password is wrong.').waitFor();
          await hasFocus(current(page));
          expect(await current(page).inputValue()).toBe('');
          await page.keyboard.type(OLD);
          await page.keyboard.press('Enter');
          await page.getByText('Password changed.').waitFor();
          expect([await current(page).inputValue(), await next(page).inputValue()]).toEqual(['', '']);

          await other.getByRole('link', { name: 'Health' }).click();
          await other.waitForURL('**/login?next=*');
          await page.keyboard.press('Escape');
          await page.waitForURL('**/access');
          await page.getByRole('link', { name: 'Health' }).click();
          await page.getByRole('heading', { level: 1, name: 'Health' }).waitFor();
          expect([await signedIn(other), await signedIn(other, NEXT)]).toEqual([401, 200]);
        });
      });
    });

    test('that is typed is asked about before it is lost', async () => {
      await onPage({ signedIn: false }, async (page) => {
        expect(await signedIn(page)).toBe(200);
        await page.goto('/profile');
        await next(page).fill(NEXT);
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Keep editing' }).click();
        expect(await next(page).inputValue()).toBe(NEXT);
        await next(page).fill('');
        await page.keyboard.press('Escape');
        await page.waitForURL('**/access');
      });
    });

    test('is refused after too many wrong ones, which is said', async () => {
      const body = { username, password: 'wrong' };
      await onPage({ signedIn: false }, async (page) => {
        expect(await signedIn(page)).toBe(200);
        await page.goto('/profile');
        await current(page).fill(OLD);
        await next(page).fill(NEXT);
        for (let guess = 0; guess < 10; guess += 1)
          await app.call('POST', '/internal/session', body, { authorization: undefined });
        await change(page);
        const alert = panel(page).getByRole('alert');
        await alert.getByText('The password could not be changed').waitFor();
        expect(await alert.innerText()).toContain('Too many sign-in attempts. Wait a minute and try again.');
        expect(await next(page).inputValue()).toBe(NEXT);
      });
    });

    test('is a matter of the settings for the administrator whom they name', async () => {
      await onPage({}, async (page) => {
        await page.goto('/profile');
        await panel(page).getByText('The settings decide your password').waitFor();
        expect(await current(page).count()).toBe(0);
      });
    });
  });

  test.each([
    [320, 'dark'],
    [1280, 'light'],
  ] as const)('fits into %i pixels, in %s, and can be used by everybody', async (width, colorScheme) => {
    await onPage({ viewport: { width, height: 900 }, colorScheme, signedIn: false }, async (page) => {
      expect(await signedIn(page)).toBe(200);
      await page.goto('/profile');
      await panel(page).getByText('ann@example.com').waitFor();
      await expectToFit(page, 'profile');
      await expectAccessible(page, 'profile');
      await screenshot(page, `profile-${width}-${colorScheme}`);
      await change(page);
      await panel(page).getByText('Enter your current password.').waitFor();
      await expectAccessible(page, 'profile with a mistake');
      await screenshot(page, `profile-mistake-${width}-${colorScheme}`);
    });
  });
});
