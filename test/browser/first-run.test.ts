import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, expectToFit, screenshot, testConsole } from './console.ts';

const app = await startTestApp();
const closedApp = await startTestApp({ 'xpack.actions.allowedHosts': ['hooks.example.com'] });
afterAll(() => closedApp.stop());
const { onPage } = testConsole(app);

const steps = (page: Page) => page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
const current = (page: Page) => page.locator('[aria-current=step]').innerText();
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Every test has a space of its own, which nobody has been in. */
const open = (page: Page, space: string) => page.goto(`/s/${space}/connectors`);
const executions = async (space: string) => (await app.call('GET', `/s/${space}/api/actions/executions`)).body;

describeInBrowser('the first run', () => {
  test('leads to a delivered message and its execution in three clicks, then is gone', async () => {
    await onPage({}, async (page) => {
      await open(page, 'three-clicks');
      await page.getByRole('heading', { name: 'Create your first connector' }).waitFor();
      await expectAccessible(page);
      await screenshot(page, 'first-run');
      await button(page, 'Use the practice target').click();
      await button(page, 'Send test message').click();
      await page.getByRole('link', { name: 'Show the execution' }).click();
      const { data, total } = await executions('three-clicks');
      expect(total).toBe(1);
      expect(data[0]).toMatchObject({ status: 'succeeded', connector_type_id: '.webhook' });
      await page.waitForURL(`**/s/three-clicks/executions/${data[0].execution_id}`);
      await page.getByRole('dialog').waitFor();
      await page.goto('/s/three-clicks/connectors');
      await page.locator('[data-test-subj=connectors-row]').waitFor();
      expect(await page.locator('[aria-current=step]').count()).toBe(0);
    });
  });

  test('where the settings allow no practice target, the server’s log takes its place', async () => {
    await onPage({ base: closedApp.url }, async (page) => {
      await open(page, 'closed');
      await button(page, 'Use the server’s log').click();
      await button(page, 'Send test message').click();
      await page.getByRole('link', { name: 'Show the execution' }).click();
      await page.waitForURL('**/s/closed/executions/*');
    });
  });

  test('keeps its place over a reload', async () => {
    await onPage({}, async (page) => {
      await open(page, 'reload');
      await steps(page).nth(2).waitFor();
      await button(page, 'Use the practice target').click();
      await button(page, 'Send test message').waitFor();
      await page.reload();
      expect(await current(page)).toContain('Send a test message');
      await button(page, 'Send test message').click();
      await page.getByRole('link', { name: 'Show the execution' }).waitFor();
      await page.reload();
      await eventually(() => current(page)).toContain('Look at its execution');
      await screenshot(page, 'first-run-done');
    });
  });

  test('follows what is done on other pages', async () => {
    await onPage({}, async (page) => {
      await open(page, 'other-pages');
      await page.locator('[data-test-subj=createFirstActionButton]').click();
      await page.waitForURL('**/s/other-pages/connectors/new');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const body = { name: 'My own', connector_type_id: '.server-log' };
      await app.call('POST', '/s/other-pages/api/actions/connector/own', body);
      await page.reload();
      await page.getByRole('link', { name: 'Open the test' }).waitFor();
      expect(await page.getByText('“My own” is ready.').count()).toBe(1);
      const params = { params: { message: 'x' } };
      await app.call('POST', '/s/other-pages/api/actions/connector/own/_execute', params);
      await eventually(async () => (await executions('other-pages')).total).toBe(1);
      await page.reload();
      await page.getByRole('link', { name: 'Show the execution' }).click();
      await page.waitForURL('**/s/other-pages/executions*');
      await page.goBack();
      await page.locator('[data-test-subj=connectors-row]').waitFor();
      expect(await page.locator('[aria-current=step]').count()).toBe(0);
    });
  });

  test('says why a message was not delivered, and lets one try again', async () => {
    await onPage({}, async (page) => {
      await open(page, 'fails');
      await button(page, 'Use the practice target').click();
      await button(page, 'Send test message').waitFor();
      await page.route('**/_execute*', (route) => route.abort());
      await button(page, 'Send test message').click();
      await page.getByText('The message was not delivered').waitFor();
      await page.getByText('The server cannot be reached.').waitFor();
      await expectAccessible(page);
      await page.unroute('**/_execute*');
      await button(page, 'Send test message').click();
      await page.getByRole('link', { name: 'Show the execution' }).waitFor();
    });
  });

  test('can be hidden, for good', async () => {
    await onPage({}, async (page) => {
      await open(page, 'hidden');
      await button(page, 'Hide these steps').click();
      await page.getByRole('heading', { name: 'No connectors in this space yet' }).waitFor();
      await screenshot(page, 'list-empty');
      await page.reload();
      await page.locator('[data-test-subj=createFirstActionButton]').click();
      await page.waitForURL('**/s/hidden/connectors/new');
    });
  });

  test('is not shown to those who come when messages have been sent already', async () => {
    await app.call('POST', '/s/grown/api/actions/connector/log', { name: 'Log', connector_type_id: '.server-log' });
    await app.call('POST', '/s/grown/api/actions/connector/log/_execute', { params: { message: 'x' } });
    await eventually(async () => (await executions('grown')).total).toBe(1);
    await onPage({}, async (page) => {
      await open(page, 'grown');
      await page.locator('[data-test-subj=connectors-row]').waitFor();
      expect(await page.locator('[aria-current=step]').count()).toBe(0);
    });
  });

  describe.each([
    ['light', 320],
    ['dark', 1280],
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    test('it fits and can be used by everybody', async () => {
      await onPage({ colorScheme, viewport: { width, height: 800 } }, async (page) => {
        await open(page, `look-${width}`);
        await button(page, 'Use the practice target').waitFor();
        await expectToFit(page);
        await expectAccessible(page);
        await screenshot(page, `first-run-${colorScheme}-${width}`);
      });
    });
  });
});
