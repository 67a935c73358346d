import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTarget } from '../api/support.ts';
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
import {
  alertIn,
  basicOf,
  button,
  changesOf,
  connectorsOf,
  field,
  HOSTILE,
  nameField,
  openConfig,
  panel,
  pathOf,
  SECRET,
  save,
  saveAll,
  subject,
  toConfirm,
} from './edit-panel.ts';

const OTHER = 'another-long-password';
const KEEP_MINE = 'Keep my changes';
const TAKE_THEIRS = 'Discard my changes';

const target = await startTarget();
const app = await startTestApp();
const { onPage } = testConsole(app);
const { change, createHook, remove, removeAll, run, stored } = connectorsOf(app, target);

/** The rows of the comparison, once it is there: field, before, stored now, mine. */
async function compared(page: Page): Promise<string[][]> {
  const rows = alertIn(page).getByRole('table', { name: 'What differs' }).getByRole('row');
  await rows.nth(1).waitFor();
  return (await rows.allInnerTexts()).slice(1).map((row) => row.split('\t'));
}

/** As if the reader came back to the window a minute later: what is shown is looked at again. */
async function comeBack(page: Page): Promise<void> {
  await page.clock.setFixedTime(Date.now() + 60_000);
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
}

describeInBrowser('two people at one connector', () => {
  beforeEach(async () => {
    await removeAll();
    await createHook('hook', { config: { headers: { 'X-Team': 'a' } }, tags: ['night'] });
  });

  describe('when the other one saves first', () => {
    test('nothing is overwritten; what differs stands side by side', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await change('hook', { name: 'Theirs', config: { method: 'put', headers: { 'X-Team': 'b' } }, tags: [] });
        await save(page);
        await alertIn(page).getByText('Somebody else changed this connector').waitFor();
        await alertIn(page).getByText('Nothing of yours has been saved.').waitFor();
        await eventually(() => alertIn(page).evaluate((box) => box.matches(':focus'))).toBe(true);
        expect(await compared(page)).toEqual([
          ['Connector name', 'Ops pager', 'Theirs', 'Mine'],
          ['Tags', '["night"]', 'not set', '["night"]'],
          ['Method', 'post', 'put', 'post'],
          ['Headers', '{"X-Team":"a"}', '{"X-Team":"b"}', '{"X-Team":"a"}'],
        ]);
        expect(await nameField(page).inputValue()).toBe('Mine');
        await expectAccessible(page);
        await screenshot(page, 'edit-conflict');
      });
      expect((await stored('hook')).name).toBe('Theirs');
    });

    test('both changes are kept where they are of different fields', async () => {
      await onPage({}, async (page) => {
        const changes = changesOf(page);
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await change('hook', { config: { method: 'put', headers: { 'X-Team': 'b' } } });
        await save(page);
        await button(page, KEEP_MINE).click();
        await panel(page).getByText('Your changes stand in the form, on top of what is stored now.').waitFor();
        expect(await alertIn(page).count()).toBe(0);
        // The button that was pressed is gone; the reader goes on in the form.
        await eventually(() => nameField(page).evaluate((input) => input.matches(':focus'))).toBe(true);
        expect(await nameField(page).inputValue()).toBe('Mine');
        expect(await panel(page).getByLabel('Method').inputValue()).toBe('"put"');
        expect(await field(page, 'Value 1 of Headers').inputValue()).toBe('b');
        // Still not saved, so it is still asked for.
        await page.keyboard.press('Escape');
        await toConfirm(page).getByRole('button', { name: 'Keep editing' }).click();
        await saveAll(page, 'Mine');
        expect(changes.at(-1)!.body).toEqual({ name: 'Mine' });
        expect(await panel(page).getByText('Your changes stand in the form').count()).toBe(0);
      });
      const { name, config } = await stored('hook');
      expect([name, config.method, config.headers]).toEqual(['Mine', 'put', { 'X-Team': 'b' }]);
    });

    test('of the same field the reader’s is kept', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await field(page, 'Value 1 of Headers').fill('mine');
        await change('hook', { name: 'Theirs', config: { headers: { 'X-Team': 'b' } } });
        await save(page);
        await button(page, KEEP_MINE).click();
        await saveAll(page, 'Mine');
      });
      const { name, config } = await stored('hook');
      expect([name, config.headers]).toEqual(['Mine', { 'X-Team': 'mine' }]);
    });

    test('what was typed can be given up, and then there is nothing to lose', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await change('hook', { name: 'Theirs', config: { method: 'put' } });
        await save(page);
        await button(page, TAKE_THEIRS).click();
        await panel(page).getByRole('heading', { name: 'Theirs' }).waitFor();
        expect(await nameField(page).inputValue()).toBe('Theirs');
        expect(await panel(page).getByLabel('Method').inputValue()).toBe('"put"');
        expect(await alertIn(page).count()).toBe(0);
        await page.keyboard.press('Escape');
        await panel(page).waitFor({ state: 'detached' });
        expect(await toConfirm(page).count()).toBe(0);
      });
      expect((await stored('hook')).name).toBe('Theirs');
    });

    test('both having meant the same leaves nothing to save', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Same');
        await change('hook', { name: 'Same' });
        await save(page);
        expect(await compared(page)).toEqual([['Connector name', 'Ops pager', 'Same', 'Same']]);
        await button(page, KEEP_MINE).click();
        await alertIn(page).waitFor({ state: 'detached' });
        expect(await panel(page).getByText('Your changes stand in the form').count()).toBe(0);
        await page.keyboard.press('Escape');
        await panel(page).waitFor({ state: 'detached' });
      });
    });

    test('a third change comes up again, and the second press of the button is answered, too', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await change('hook', { name: 'Second' });
        await save(page);
        await alertIn(page).getByText('Second', { exact: true }).waitFor();
        await nameField(page).focus();
        await save(page);
        await eventually(() => alertIn(page).evaluate((box) => box.matches(':focus'))).toBe(true);
        await change('hook', { name: 'Third' });
        await button(page, KEEP_MINE).click();
        await save(page);
        await alertIn(page).getByText('Third', { exact: true }).waitFor();
        expect(await compared(page)).toEqual([['Connector name', 'Second', 'Third', 'Mine']]);
        await button(page, KEEP_MINE).click();
        await saveAll(page, 'Mine');
      });
      expect((await stored('hook')).name).toBe('Mine');
    });
  });

  describe('secrets', () => {
    test('that were replaced are told of without being shown, and stay as the other one set them', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await change('hook', { secrets: { password: OTHER } });
        await save(page);
        await alertIn(page).getByText('No field that can be seen differs; a secret may have been replaced.').waitFor();
        expect(await page.content()).not.toContain(OTHER);
        await button(page, KEEP_MINE).click();
        await saveAll(page, 'Mine');
      });
      expect((await run('hook')).authorization).toBe(basicOf('ann', OTHER));
    });

    test('that were typed are kept through it', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await button(page, 'Edit Password').click();
        await field(page, 'Password').fill(OTHER);
        await change('hook', { name: 'Theirs', secrets: { secretHeaders: { 'X-Key': SECRET } } });
        await save(page);
        expect(await compared(page)).toEqual([
          ['Connector name', 'Ops pager', 'Theirs', 'Ops pager'],
          ['Secret headers', 'not set', 'Set and stored encrypted', 'not set'],
        ]);
        await button(page, KEEP_MINE).click();
        await saveAll(page, 'Theirs');
      });
      const headers = await run('hook');
      expect([headers.authorization, headers['x-key']]).toEqual([basicOf('ann', OTHER), SECRET]);
    });

    test('that both entered anew become the reader’s', async () => {
      const key = (letter: string) => `whsec_${Buffer.alloc(32, letter).toString('base64')}`;
      await onPage({}, async (page) => {
        const changes = changesOf(page);
        await openConfig(page, 'hook');
        await field(page, 'Signing secret').fill(key('m'));
        await change('hook', { secrets: { signingSecret: key('t') } });
        await save(page);
        await button(page, KEEP_MINE).click();
        expect(await field(page, 'Signing secret').inputValue()).toBe(key('m'));
        await saveAll(page, 'Ops pager');
        expect(changes.at(-1)!.body).toEqual({ secrets: { signingSecret: key('m') } });
      });
    });
  });

  describe('coming back to the window', () => {
    test('shows what is stored now, when nothing was typed', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await change('hook', { name: 'Theirs', config: { method: 'put' } });
        await comeBack(page);
        await panel(page).getByRole('heading', { name: 'Theirs' }).waitFor();
        expect(await nameField(page).inputValue()).toBe('Theirs');
        expect(await panel(page).getByLabel('Method').inputValue()).toBe('"put"');
        expect(await alertIn(page).count()).toBe(0);
      });
    });

    test('warns whoever was typing, and does not take the focus away', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await change('hook', { config: { method: 'put' } });
        await comeBack(page);
        await alertIn(page).getByText('It was saved while you were editing. Compare, then choose: ').waitFor();
        expect(await nameField(page).evaluate((input) => input.matches(':focus'))).toBe(true);
        await page.keyboard.type(' too');
        expect(await nameField(page).inputValue()).toBe('Mine too');
        await button(page, KEEP_MINE).click();
        await saveAll(page, 'Mine too');
      });
      expect((await stored('hook')).config.method).toBe('put');
    });
  });

  describe('when the other one deleted it', () => {
    test('saving says so in words, and what was typed can still be copied', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await nameField(page).fill('Mine');
        await remove('hook');
        await save(page);
        await alertIn(page).getByText('This connector has been deleted meanwhile').waitFor();
        expect(await nameField(page).inputValue()).toBe('Mine');
        await expectAccessible(page);
        await screenshot(page, 'edit-deleted');
        await page.keyboard.press('Escape');
        await toConfirm(page).getByRole('button', { name: 'Discard changes' }).click();
        await panel(page).waitFor({ state: 'detached' });
        expect(pathOf(page)).toBe('/connectors');
        await eventually(() => rowOf(page, 'hook').count()).toBe(0);
      });
    });

    test('coming back to the window says so, too', async () => {
      await onPage({}, async (page) => {
        await openConfig(page, 'hook');
        await remove('hook');
        await comeBack(page);
        await panel(page).getByText('This connector has been deleted meanwhile').waitFor();
      });
    });
  });

  test('a comparison that cannot be loaded is said, and made with the next try', async () => {
    await onPage({}, async (page) => {
      await openConfig(page, 'hook');
      await nameField(page).fill('Mine');
      await change('hook', { name: 'Theirs' });
      const isRead = (url: URL) => url.pathname === '/api/actions/connector/hook';
      await page.route(isRead, (route) =>
        route.request().method() === 'GET'
          ? route.fulfill({ status: 500, json: { message: 'Out of order.' } })
          : route.fallback(),
      );
      await save(page);
      await alertIn(page).getByText('Out of order.').waitFor();
      await page.unroute(isRead);
      await save(page);
      await alertIn(page).getByText('Theirs', { exact: true }).waitFor();
    });
  });

  test.each([
    [320, 'light'],
    [1280, 'dark'],
    [2560, 'light'],
  ] as const)('the comparison fits into %i pixels, in %s, whatever is in it', async (width, colorScheme) => {
    await onPage({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
      await openConfig(page, 'hook');
      await nameField(page).fill(`Mine ${'long'.repeat(30)}`);
      await change('hook', { name: HOSTILE, config: { headers: { 'X-Team': HOSTILE.slice(0, 43) } } });
      await save(page);
      await alertIn(page).getByText('<img src=x onerror="globalThis.ran = true"> [U+202E]gpj.exe').waitFor();
      expect(await page.evaluate('typeof ran')).toBe('undefined');
      await expectToFit(page);
      await expectAccessible(page);
      await screenshot(page, `edit-conflict-${width}-${colorScheme}`);
      await button(page, TAKE_THEIRS).click();
      await panel(page).getByRole('heading', { name: '[U+202E]gpj.exe' }).waitFor();
      await subject(page, 'edit-connector-flyout-close-btn').click();
    });
  });
});
