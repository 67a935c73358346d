import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, rowOf, screenshot, testConsole } from './console.ts';

const CANARY = 'secret-canary-77aa';
const HOSTILE = '<b onmouseover="globalThis.ran = true">Bold</b>';

const app = await startTestApp({
  'xpack.actions.preconfigured': { fixed: { name: 'Fixed log', actionTypeId: '.server-log' } },
  'patchbay.notices': [{ to: 'used', params: { message: 'x' } }],
});
const { onPage } = testConsole(app);

const dialog = (page: Page) => page.getByRole('dialog');
const confirmButton = (page: Page) => page.locator('[data-test-subj=confirmModalConfirmButton]');
const rows = async (page: Page) =>
  Promise.all((await page.locator('[data-row-id]').all()).map((row) => row.getAttribute('data-row-id')));

async function create(id: string, body: Record<string, unknown> = {}): Promise<void> {
  const all = { name: `Log ${id}`, connector_type_id: '.server-log', ...body };
  expect((await app.call('POST', `/api/actions/connector/${id}`, all)).status).toBe(200);
}

async function stored(): Promise<string[]> {
  const { body } = await app.call('GET', '/api/actions/connectors');
  return body.filter((one: { is_preconfigured: boolean }) => !one.is_preconfigured).map(({ id }: { id: string }) => id);
}

/** A line of an export. */
const line = (id: string, attributes: Record<string, unknown>, type = 'action') =>
  JSON.stringify({ type, id, references: [], attributes: { config: {}, secrets: {}, ...attributes } });
const log = (id: string, name = `Log ${id}`) =>
  line(id, { name, actionTypeId: '.server-log', isMissingSecrets: false });
const chat = (id: string) => line(id, { name: 'Imported chat', actionTypeId: '.slack', isMissingSecrets: true });
const asFile = (...lines: string[]) => ({
  name: 'export.ndjson',
  mimeType: 'application/ndjson',
  buffer: Buffer.from(lines.join('\n')),
});

async function importFile(page: Page, file: ReturnType<typeof asFile>): Promise<void> {
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByLabel('File to import').setInputFiles(file);
}

const start = (page: Page) => page.locator('[data-test-subj=importConnectorsConfirm]').click();

describeInBrowser('changing the list of connectors', () => {
  beforeEach(async () => {
    for (const id of await stored()) await app.call('DELETE', `/api/actions/connector/${id}`);
    for (const id of ['one', 'two', 'used']) await create(id);
  });

  describe('deleting', () => {
    test('one asks first, can be cancelled, and says what it did', async () => {
      await onPage({}, async (page) => {
        const trash = rowOf(page, 'one').locator('[data-test-subj=deleteConnector]');
        await trash.click();
        await dialog(page).getByRole('heading', { name: 'Delete connector' }).waitFor();
        expect(await page.locator('[data-test-subj=deleteIdsConfirmation]').count()).toBe(1);
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        await dialog(page).waitFor({ state: 'detached' });
        await eventually(() => page.evaluate('document.activeElement.dataset.testSubj')).toBe('deleteConnector');
        await trash.click();
        await confirmButton(page).click();
        await page.getByText('Deleted 1 connector', { exact: true }).waitFor();
        await eventually(() => rows(page)).toEqual(['fixed', 'two', 'used']);
        await eventually(stored).toEqual(['two', 'used']);
      });
    });

    test('several says what uses them, and wants that typed', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'one').waitFor();
        await page.getByRole('checkbox', { name: 'Select all' }).click();
        await page.locator('[data-test-subj=bulkDelete]').getByText('Delete 3').click();
        await dialog(page).getByText('1 of these connectors is in use').waitFor();
        await dialog(page)
          .getByText(/Log used is used by 1: notice “.+”/)
          .waitFor();
        await expectAccessible(page);
        await screenshot(page, 'list-delete');
        expect(await confirmButton(page).isDisabled()).toBe(true);
        await page.keyboard.type('delete');
        await page.keyboard.press('Enter');
        await page.getByText('Deleted 3 connectors', { exact: true }).waitFor();
        await eventually(() => rows(page)).toEqual(['fixed']);
        await eventually(stored).toEqual([]);
      });
    });

    test('acts on no row that a filter hides', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'one').waitFor();
        await page.getByRole('checkbox', { name: 'Select all' }).click();
        await page.getByText('3 selected').waitFor();
        await page.getByRole('searchbox').fill('two');
        await page.getByText('1 selected').waitFor();
        await page.locator('[data-test-subj=bulkDelete]').click();
        await confirmButton(page).click();
        await page.getByText('Deleted 1 connector', { exact: true }).waitFor();
        await eventually(stored).toEqual(['one', 'used']);
      });
    });

    test('that fails in part says which and why, and shows what the server has', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'one').waitFor();
        // Somebody else was faster with one, and the connection breaks for another.
        expect((await app.call('DELETE', '/api/actions/connector/used')).status).toBe(204);
        await page.route('**/api/actions/connector/two', (route) => route.abort());
        await page.getByRole('checkbox', { name: 'Select all' }).click();
        await page.locator('[data-test-subj=bulkDelete]').click();
        await dialog(page).getByLabel(/Type/).fill('delete');
        await confirmButton(page).click();
        await page.getByText(/1 connector could not be deleted: Log two: The server cannot be reached/).waitFor();
        await page.getByText('Deleted 2 connectors', { exact: true }).waitFor();
        await eventually(() => rows(page)).toEqual(['fixed', 'two']);
        await page.getByText('1 selected').waitFor();
      });
    });
  });

  describe('exporting', () => {
    test('selected ones gives a file without secrets, which can be imported again', async () => {
      await create('chat', {
        name: 'Chat',
        connector_type_id: '.slack',
        secrets: { webhookUrl: `https://example.com/${CANARY}` },
        tags: ['night'],
      });
      await onPage({}, async (page) => {
        await rowOf(page, 'chat').getByRole('checkbox').click();
        await rowOf(page, 'one').getByRole('checkbox').click();
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.locator('[data-test-subj=bulkExport]').click(),
        ]);
        expect(download.suggestedFilename()).toBe('connectors.ndjson');
        const text = await readFile(await download.path(), 'utf8');
        expect(text).not.toContain(CANARY);
        await page.getByText('Exported 2 connectors').waitFor();
        for (const id of ['chat', 'one']) await app.call('DELETE', `/api/actions/connector/${id}`);
        await importFile(page, asFile(text));
        await start(page);
        await dialog(page).getByText('Imported 2 connectors').waitFor();
        await dialog(page).getByRole('button', { name: 'Close' }).last().click();
        await rowOf(page, 'chat').getByText('night').waitFor();
        await rowOf(page, 'chat').getByText('Missing secrets').waitFor();
      });
    });

    test('one is in the menu of its row; those of the settings have none', async () => {
      await onPage({}, async (page) => {
        await page.getByRole('button', { name: 'More actions for Log one' }).click();
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('menuitem', { name: 'Export' }).click(),
        ]);
        expect(await readFile(await download.path(), 'utf8')).toContain('"Log one"');
        await page.getByRole('button', { name: 'More actions for Fixed log' }).click();
        await page.getByRole('menuitem', { name: 'curl command' }).waitFor();
        expect(await page.getByRole('menuitem', { name: 'Export' }).count()).toBe(0);
        expect(await page.getByRole('menuitem', { name: 'Delete' }).count()).toBe(0);
      });
    });
  });

  test('the menu of a row opens by key, every time, and gives the focus back to its button', async () => {
    await onPage({}, async (page) => {
      const button = page.getByRole('button', { name: 'More actions for Log one' });
      await button.focus();
      for (let time = 0; time < 2; time += 1) {
        expect(await button.getAttribute('aria-expanded')).toBe('false');
        await page.keyboard.press('Enter');
        const items = page.getByRole('menuitem');
        await items.first().waitFor();
        await eventually(() => items.first().evaluate((item) => item.matches(':focus'))).toBe(true);
        await page.keyboard.press('Escape');
        await items.first().waitFor({ state: 'detached' });
        await eventually(() => button.evaluate((one) => one.matches(':focus'))).toBe(true);
      }
    });
  });

  describe('importing', () => {
    test('shows what is in the file, then what became of it, and leads to what needs secrets', async () => {
      await onPage({}, async (page) => {
        await importFile(page, asFile(log('new', HOSTILE), chat('chat'), line('d', { title: 'x' }, 'dashboard')));
        await dialog(page).getByText('2 connectors, and 1 of other kinds, which are left out').waitFor();
        await dialog(page).getByText(HOSTILE).waitFor();
        await expectAccessible(page);
        await screenshot(page, 'import-file');
        await start(page);
        await dialog(page).getByText('Imported 2 connectors; 1 could not be imported').waitFor();
        await dialog(page).getByText('1 connector needs its secrets before it can run.').waitFor();
        await expectAccessible(page);
        await screenshot(page, 'import-report');
        expect(await page.evaluate('typeof ran')).toBe('undefined');
        await dialog(page).getByRole('link', { name: 'Fix' }).click();
        await page.waitForURL('**/connectors/chat/config');
        await rowOf(page, 'new').waitFor();
      });
    });

    test('stops at what exists already, and replaces it or makes copies when told to', async () => {
      await onPage({}, async (page) => {
        const file = asFile(log('one', 'Log one, changed'), log('fresh'));
        await importFile(page, file);
        await start(page);
        await dialog(page).getByText('Nothing was imported').waitFor();
        await dialog(page).getByText('A connector of this id exists already.').waitFor();
        await eventually(stored).toEqual(['one', 'two', 'used']);
        await dialog(page).getByRole('button', { name: 'Replace existing ones' }).click();
        await dialog(page).getByText('Imported 2 connectors').waitFor();
        await dialog(page).getByText('replaced').waitFor();
        await page.keyboard.press('Escape');
        await rowOf(page, 'one').getByText('Log one, changed').waitFor();
        await importFile(page, file);
        await dialog(page).getByLabel('Keep it, and import everything with new ids').check();
        await start(page);
        await dialog(page)
          .getByText(/^With the id /)
          .first()
          .waitFor();
        expect((await stored()).length).toBe(6);
      });
    });

    test('takes a file that is dropped anywhere on the list', async () => {
      await onPage({}, async (page) => {
        await rowOf(page, 'one').waitFor();
        await page.evaluate(`{
          const data = new DataTransfer();
          data.items.add(new File([${JSON.stringify(log('dropped'))}], 'dropped.ndjson'));
          const send = (type) => document.body.dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
          send('dragover');
          globalThis.drop = () => send('drop');
        }`);
        await page.getByText('Drop the file to import connectors').waitFor();
        await page.evaluate('drop()');
        await dialog(page).getByText('Log dropped').waitFor();
        await start(page);
        await dialog(page).getByText('Imported 1 connector', { exact: true }).waitFor();
        expect(await stored()).toContain('dropped');
      });
    });

    test.each([
      ['connectors.json', '{}', 'The name of the file must end in .ndjson.'],
      ['holiday.ndjson', 'not an export', 'This is no export of connectors'],
    ])('refuses %s before it is sent, in words', async (name, text, reason) => {
      await onPage({}, async (page, { requests }) => {
        await importFile(page, { name, mimeType: '', buffer: Buffer.from(text) });
        await dialog(page).getByText(reason).waitFor();
        expect(await page.locator('[data-test-subj=importConnectorsConfirm]').count()).toBe(0);
        expect(requests.some((url) => url.includes('_import'))).toBe(false);
      });
    });
  });
});
