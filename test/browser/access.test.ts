import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import {
  describeInBrowser,
  eventually,
  expectAccessible,
  expectToFit,
  rowOf,
  screenshot,
  testConsole,
} from './console.ts';

const app = await startTestApp();
const { onPage } = testConsole(app);
const PASSWORD = 'correct horse';

const panel = (page: Page) => page.getByRole('dialog');
const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

async function addUser(username: string, roles: string[]): Promise<void> {
  const answer = await app.call('POST', '/internal/security/users', { username, roles, password: PASSWORD });
  expect(answer.status, answer.text).toBe(200);
}

/** Signs in with a user of the tests, by the API. */
async function become(page: Page, username: string, password = PASSWORD): Promise<number> {
  const data = { username, password };
  const answer = await page.context().request.post(`${app.url}/internal/session`, {
    data,
    headers: { 'kbn-xsrf': 'test' },
  });
  return answer.status();
}

describeInBrowser('the page about access', () => {
  beforeAll(async () => {
    await addUser('reader', ['actions_read']);
    await addUser('leaving', ['actions_all']);
    await addUser('<b>bold</b> \u202Egpj.exe', ['actions_read']);
  });

  describe('who I am', () => {
    test('names the roles, and leads to the profile', async () => {
      await onPage({}, async (page) => {
        await page.goto('/access');
        const you = section(page, 'You');
        await you.getByText('You are signed in as admin.').waitFor();
        expect(await you.innerText()).toContain('superuser');
        await you.getByRole('link', { name: 'Open your profile' }).click();
        await panel(page).getByRole('heading', { name: 'Your profile' }).waitFor();
      });
      await onPage({ signedIn: false }, async (page) => {
        expect(await become(page, 'reader')).toBe(200);
        await page.goto('/access');
        await section(page, 'You').getByText('You are signed in as reader.').waitFor();
        await page.getByText('Only a superuser can see and change users.').waitFor();
        expect(await page.getByRole('link', { name: 'Add user' }).count()).toBe(0);
      });
    });
  });

  describe('users', () => {
    test('are added, changed and removed', async () => {
      await onPage({}, async (page) => {
        await page.goto('/access');
        await page.getByRole('link', { name: 'Add user' }).click();
        await page.waitForURL('**/access/new-user');
        await page.getByRole('button', { name: 'Add user' }).click();
        await panel(page).getByText('Enter a user name.').waitFor();
        await expect.poll(() => page.getByLabel('User name').evaluate((field) => field.matches(':focus'))).toBe(true);
        await page.keyboard.type('eva');
        await page.getByLabel('Password').fill('short');
        await page.getByRole('button', { name: 'Add user' }).click();
        await panel(page).getByText('Enter a password of at least 8 characters.').waitFor();
        await page.getByLabel('Password').fill(PASSWORD);
        await page.keyboard.press('Enter');
        await page.getByText('Added “eva”').waitFor();
        expect(await rowOf(page, 'eva').innerText()).toContain('actions_read');
        expect(await become(await page.context().newPage(), 'eva')).toBe(200);
      });
      await onPage({}, async (page) => {
        await page.goto('/access');
        await rowOf(page, 'eva').getByRole('link').click();
        await page.waitForURL('**/access/users/eva');
        await page.getByLabel('Full name').fill('Eva Example');
        await page.getByLabel('actions_all').check();
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByText('Changed “eva”').waitFor();
        await eventually(() => rowOf(page, 'eva').innerText()).toMatch(/Eva Example[\s\S]*actions_all/);
        await rowOf(page, 'eva').getByRole('link').click();
        await page.getByRole('button', { name: 'Remove user' }).click();
        await page.getByText('Remove the user “eva”?').waitFor();
        await page.locator('[data-test-subj=confirmModalConfirmButton]').click();
        await page.getByText('Removed “eva”').waitFor();
        await rowOf(page, 'eva').waitFor({ state: 'detached' });
        const users = (await app.call('GET', '/internal/security/users')).body.users;
        expect(users.map(({ username }: { username: string }) => username)).not.toContain('eva');
      });
    });

    test('what the server refuses is said in the panel, and nothing typed is lost', async () => {
      await onPage({}, async (page) => {
        await page.goto('/access/new-user');
        await page.getByLabel('User name').fill('reader');
        await page.getByLabel('Password').fill(PASSWORD);
        await page.keyboard.press('Enter');
        await panel(page).getByRole('alert').getByText('The user could not be saved').waitFor();
        expect(await page.getByLabel('User name').inputValue()).toBe('reader');
        await page.goto('/access/users/admin');
        await page.getByText('The settings name this user and the password').waitFor();
        expect(await page.getByRole('button', { name: 'Remove user' }).count()).toBe(0);
        await page.goto('/access/users/nobody');
        await page.getByText('There is no user “nobody”').waitFor();
      });
    });

    test('hostile names are text', async () => {
      await onPage({}, async (page) => {
        await page.goto('/access');
        const link = page.getByRole('link', { name: '<b>bold</b> [U+202E]gpj.exe' });
        await link.click();
        await panel(page).getByRole('heading', { name: 'User <b>bold</b> [U+202E]gpj.exe' }).waitFor();
        expect(await page.locator('b').count()).toBe(0);
      });
    });
  });

  describe('what is not saved', () => {
    test('is asked about before it is lost: by the keyboard, a link, Back, another address', async () => {
      await onPage({}, async (page) => {
        await page.goto('/connectors');
        await page.getByRole('link', { name: 'Access' }).click();
        await page.getByRole('link', { name: 'Add user' }).click();
        const name = page.getByLabel('User name');
        const question = page.getByText('Leave without saving?');
        const stay = page.getByRole('button', { name: 'Keep editing' });
        await name.fill('someone');
        for (const leave of [
          () => page.keyboard.press('Escape'),
          () => panel(page).getByRole('button', { name: 'Close' }).click(),
          () => page.evaluate('history.back()'),
        ]) {
          await leave();
          await question.waitFor();
          await stay.click();
          await question.waitFor({ state: 'detached' });
          expect(await name.inputValue()).toBe('someone');
          expect(page.url()).toBe(`${app.url}/access/new-user`);
        }
        // Escape in the question answers the question; it does not also close the panel.
        await page.keyboard.press('Escape');
        await question.waitFor();
        await page.keyboard.press('Escape');
        await question.waitFor({ state: 'detached' });
        expect(await name.inputValue()).toBe('someone');

        const dialogs: string[] = [];
        page.once('dialog', (dialog) => {
          dialogs.push(dialog.type());
          void dialog.accept();
        });
        await page.reload();
        expect(dialogs).toEqual(['beforeunload']);
        await name.fill('someone');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Discard changes' }).click();
        await panel(page).waitFor({ state: 'detached' });
      });
    });

    test('nothing is asked when nothing was typed, nor when it was taken back', async () => {
      await onPage({}, async (page) => {
        await page.goto('/access/new-user');
        await page.getByLabel('User name').fill('x');
        await page.getByLabel('User name').fill('');
        await page.keyboard.press('Escape');
        await page.waitForURL('**/access');
        await panel(page).waitFor({ state: 'detached' });
      });
    });

    test('survives the end of the session: signing in again happens in place', async () => {
      await onPage({ signedIn: false }, async (page, { context }) => {
        expect(await become(page, 'admin', app.admin.password)).toBe(200);
        await page.goto('/access/new-user');
        await page.getByLabel('User name').fill('late');
        await page.getByLabel('Password').fill(PASSWORD);
        await context.clearCookies();
        await page.getByRole('button', { name: 'Add user' }).click();
        const again = page.getByRole('dialog', { name: 'Your session has ended' });
        await again.waitFor();
        await screenshot(page, 'session-ended');
        await again.getByLabel('User name').fill(app.admin.username);
        await again.getByLabel('Password').fill(app.admin.password);
        await page.keyboard.press('Enter');
        await again.waitFor({ state: 'detached' });
        expect(await page.getByLabel('User name').inputValue()).toBe('late');
        await page.getByRole('button', { name: 'Add user' }).click();
        await page.getByText('Added “late”').waitFor();
      });
    });
  });

  describe('API keys', () => {
    test('are shown once when they are created, work, and are removed', async () => {
      await onPage({}, async (page) => {
        await page.goto('/access');
        await page.getByRole('link', { name: 'Create API key' }).click();
        await page.getByRole('button', { name: 'Create API key' }).click();
        await page.getByText('Enter a name for the key.').waitFor();
        await page.getByLabel('Name').fill('Terraform');
        await page.getByLabel('Only these').check();
        await page.getByLabel('actions_read').check();
        await page.getByRole('button', { name: 'Create API key' }).click();
        await page.getByText('API key “Terraform” created').waitFor();
        const header = await page.getByRole('region', { name: 'The header to send' }).innerText();
        const authorization = /^Authorization: (ApiKey \S+)$/.exec(header.trim())![1]!;
        expect((await app.call('GET', '/api/actions/connectors', undefined, { authorization })).status).toBe(200);
        const made = await app.call(
          'POST',
          '/api/actions/connector',
          { name: 'x', connector_type_id: '.server-log' },
          {
            authorization,
          },
        );
        expect(made.status).toBe(403);
        await expectAccessible(page, 'a new key');
        await page.getByRole('button', { name: 'Done' }).click();
        await page.waitForURL('**/access');
        const row = section(page, 'API keys').locator('tr', { hasText: 'Terraform' });
        expect(await row.innerText()).toMatch(/admin\s+actions_read[\s\S]*in 3 months/);
        expect(await page.content()).not.toContain(authorization.split(' ')[1]!);
        await row.getByRole('button', { name: 'Remove the API key Terraform' }).click();
        await page.locator('[data-test-subj=confirmModalConfirmButton]').click();
        await page.getByText('Removed the API key “Terraform”').waitFor();
        await row.waitFor({ state: 'detached' });
        expect((await app.call('GET', '/api/actions/connectors', undefined, { authorization })).status).toBe(401);
      });
    });

    test('can be made by everybody, with no more than their own roles', async () => {
      await onPage({ signedIn: false }, async (page) => {
        expect(await become(page, 'reader')).toBe(200);
        await page.goto('/access/new-key');
        await page.getByLabel('Only these').check();
        expect(await panel(page).getByRole('checkbox').count()).toBe(1);
        await page.getByLabel('Name').fill('Mine');
        await page.getByRole('button', { name: 'Create API key' }).click();
        await page.getByText('API key “Mine” created').waitFor();
      });
    });
  });

  test.each([320, 1280])('every panel fits and can be used by everybody, %d px wide', async (width) => {
    await onPage({ viewport: { width, height: 800 }, colorScheme: 'dark' }, async (page) => {
      for (const [path, name] of [
        ['/access/new-user', 'access-new-user'],
        ['/access/users/leaving', 'access-user'],
        ['/access/new-key', 'access-new-key'],
      ] as const) {
        await page.goto(path);
        await panel(page).getByRole('button').last().waitFor();
        await expectToFit(page, name);
        await expectAccessible(page, name);
        await screenshot(page, `${name}-${width}`);
      }
    });
  });
});
