import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { folderWith, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, expectToFit, screenshot, testConsole } from './console.ts';

const HOSTILE = '<img src=x onerror="globalThis.ran = true">';

/** A type with a field of every kind that a schema can ask for. */
const EVERYTHING = `
  const other = (z, f) => z.strictObject({
    one: f.of(z.string().min(3).max(5), 'Three to five'),
    code: f.of(z.string().regex(/^[a-z]+$/), 'Small letters'),
  });
  export default ({ defineConnectorType, action, z, f }) => defineConnectorType({
    id: 'everything', name: 'Everything ${HOSTILE}', description: 'Every kind of field.', category: 'generic',
    features: ['alerting'], minimumLicense: 'basic', notice: 'Take care: ${HOSTILE}',
    setup: ['Read https://example.com/steps. Then go on.', 'Second ${HOSTILE}'],
    config: z.strictObject({
      url: f.url('URL', 'Help of the URL'),
      text: f.text('Text', '${HOSTILE}', { placeholder: 'like this' }).optional(),
      mode: f.select(['plain', 'signed'], 'Mode', undefined, { options: { plain: 'Plain', signed: 'Signed' } }).default('plain'),
      key: f.text('Key name', undefined, { when: { field: 'mode', is: ['signed'] } }).optional(),
      depth: f.select(['a', 'b'], 'Depth', undefined, { when: { field: 'key', is: ['deep'] } }).optional(),
      count: f.of(z.number().int().min(1).max(9), 'Count'),
      rate: f.of(z.number(), 'Rate').optional(),
      flag: f.flag('Flag').default(true),
      maybe: f.flag('Maybe').optional(),
      people: f.of(z.array(z.string().min(2)).max(3), 'People'),
      headers: f.map('Headers').optional(),
      inner: f.of(other(z, f), 'Inner').optional(),
      rows: f.of(z.array(z.strictObject({ name: f.text('Row name'), size: f.of(z.number(), 'Row size').optional() })), 'Rows').optional(),
      target: f.of(z.union([
        z.strictObject({ kind: z.literal('user'), user: f.text('User') }),
        z.strictObject({ kind: z.literal('team'), team: f.text('Team') }),
      ]), 'Target').optional(),
      extra: f.of(z.record(z.string(), z.unknown()), 'Extra', undefined, { widget: 'json' }).optional(),
      template: f.json('Template').optional(),
      file: f.of(z.string(), 'File', undefined, { widget: 'file' }).optional(),
      unlabelledField: z.string().optional(),
    }),
    secrets: z.strictObject({
      token: f.secret('Token'),
      signature: f.secret('Signature', undefined, { when: { field: 'mode', is: ['signed'] } }).optional(),
      more: f.secretMap('Secret headers').optional(),
    }),
    check: {
      config: ({ text }) => text === 'refused' ? '[text] is a word that nobody may use' : undefined,
      connector: ({ secrets }) => secrets.token === 'short' ? 'the token is too short' : undefined,
    },
    style: 'flat',
    actions: { run: action(z.strictObject({ body: f.text('Body') }), async ({ http, params }) => (await http.post('', { json: params })).status) },
    sample: { config: { url: 'http://localhost:1/', count: 1, people: [] }, secrets: { token: 'x' }, params: { body: 'b' } },
  });`;

const target = await startTarget();
const app = await startTestApp({
  'patchbay.connectorTypes': [`${await folderWith({ 'everything.ts': EVERYTHING })}/*.ts`],
});
const { onPage } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog');
const field = (page: Page, name: string) => panel(page).getByRole('textbox', { name, exact: true });
const summary = (page: Page) => panel(page).getByRole('alert').filter({ hasText: 'There are errors in the form' });
const save = (page: Page) => page.locator('[data-test-subj=create-connector-flyout-save-btn]').click();
const stored = async (id: string) =>
  (await app.call('GET', `/api/actions/connector/${encodeURIComponent(id)}?extended=true`)).body;

async function open(page: Page): Promise<void> {
  await page.goto('/connectors/new/everything');
  await field(page, 'Connector name').waitFor();
}

/** What must be there before it can be saved. */
async function fillRequired(page: Page, name: string): Promise<void> {
  await field(page, 'Connector name').fill(name);
  await field(page, 'URL').fill(`${target.url}/hook`);
  await field(page, 'Count').fill('3');
  await field(page, 'People, number 1').fill('ann');
  await field(page, 'Token').fill('a long token');
}

/** The sentence that stands at a field, as assistive technology finds it. */
async function problemAt(input: Locator): Promise<string> {
  expect(await input.getAttribute('aria-invalid')).toBe('true');
  const ids = (await input.getAttribute('aria-describedby'))!.split(' ');
  const texts = await Promise.all(ids.map((id) => input.page().locator(`[id="${id}"]`).allInnerTexts()));
  return texts.flat().join(' ');
}

describeInBrowser('a form made from a schema', () => {
  test('sends exactly what was filled in, of every kind', async () => {
    await onPage({}, async (page) => {
      await open(page);
      await fillRequired(page, 'All kinds');
      await panel(page).getByLabel('Mode').selectOption('Signed');
      await field(page, 'Key name').fill('k1');
      await field(page, 'Signature').fill('a signature');
      await panel(page).getByRole('switch', { name: 'Flag' }).uncheck({ force: true });

      // Lines that are pasted become rows; rows can be added and removed.
      const people = panel(page).getByRole('group', { name: 'People' });
      await people.getByRole('button', { name: 'Add to People' }).click();
      await page.keyboard.type('bob');
      await people.getByRole('button', { name: 'Add to People' }).click();
      await page.keyboard.type('cat');
      expect(await people.getByRole('button', { name: 'Add to People' }).count()).toBe(0);
      await people.getByRole('button', { name: 'Remove number 2 of People' }).click();

      await panel(page)
        .getByRole('button', { name: /^More settings/ })
        .click();
      await panel(page).getByLabel('Maybe').selectOption('Off');
      await panel(page).getByRole('button', { name: 'Add to Headers' }).click();
      await page.keyboard.type('X-Team');
      await panel(page).getByLabel('Value 1 of Headers').fill('ops');
      const inner = panel(page).getByRole('group', { name: 'Inner (optional)' });
      await inner.getByLabel('Three to five').fill('four');
      await inner.getByLabel('Small letters').fill('abc');
      const rows = panel(page).getByRole('group', { name: 'Rows', exact: true });
      await rows.getByLabel('Row name').fill('first');
      await rows.getByLabel('Row size').fill('1.5');
      const union = panel(page).getByRole('group', { name: 'Target (optional)' });
      await union.getByLabel('Kind').selectOption('team: With Team');
      await union.getByRole('textbox', { name: 'Team', exact: true }).fill('night');
      await field(page, 'Extra').fill('{"deep": [1, {"x": null}]}');
      await field(page, 'Template').fill('{"host": {{host}}}');
      await panel(page)
        .locator('input[type=file]')
        .setInputFiles({ name: 'ca.pem', mimeType: 'text/plain', buffer: Buffer.from('PEM\u0000\u00ff') });
      await panel(page).getByText('ca.pem, 6 B').waitFor();
      await field(page, 'Unlabelled field').fill('u');
      await panel(page).getByRole('button', { name: 'Add to Secret headers' }).click();
      await page.keyboard.type('X-Key');
      await panel(page).getByLabel('Value 1 of Secret headers', { exact: true }).fill('hidden');
      await panel(page).getByRole('combobox', { name: 'Tags' }).fill('night,');
      await screenshot(page, 'form-everything');
      await save(page);
      await page.getByText("Created 'All kinds'").waitFor();

      const { body } = await app.call('GET', '/api/actions/connector/all-kinds?extended=true');
      expect(body.config).toEqual({
        url: `${target.url}/hook`,
        mode: 'signed',
        key: 'k1',
        count: 3,
        flag: false,
        maybe: false,
        people: ['ann', 'cat'],
        headers: { 'X-Team': 'ops' },
        inner: { one: 'four', code: 'abc' },
        rows: [{ name: 'first', size: 1.5 }],
        target: { kind: 'team', team: 'night' },
        extra: { deep: [1, { x: null }] },
        template: '{"host": {{host}}}',
        file: Buffer.from('PEM\u0000\u00ff').toString('base64'),
        unlabelledField: 'u',
      });
      expect(body.configured_secrets).toEqual(['more', 'signature', 'token']);
      expect(body.tags).toEqual(['night']);
    });
  });

  test('shows fields only while they matter, below what they depend on, and sends no hidden ones', async () => {
    await onPage({}, async (page) => {
      await open(page);
      await fillRequired(page, 'Hidden ones');
      expect(await field(page, 'Key name').count()).toBe(0);
      await panel(page).getByLabel('Mode').selectOption('Signed');
      await field(page, 'Key name').fill('deep');
      await field(page, 'Signature').fill('gone later');
      await panel(page).getByLabel('Depth').selectOption('b');
      // The secret stands in another schema, but belongs to the mode.
      const order = await panel(page)
        .locator('form input, form select')
        .evaluateAll((all) =>
          all.map((one) => (one as unknown as { labels?: { textContent: string }[] }).labels?.[0]?.textContent ?? ''),
        );
      expect(order.findIndex((label) => label.startsWith('Signature'))).toBeLessThan(
        order.findIndex((label) => label.startsWith('Count')),
      );
      await panel(page).getByLabel('Mode').selectOption('Plain');
      expect(await panel(page).getByLabel('Depth').count()).toBe(0);
      await save(page);
      await page.getByText("Created 'Hidden ones'").waitFor();
      const { config, configured_secrets } = await stored('hidden-ones');
      expect(config).toEqual({ url: `${target.url}/hook`, mode: 'plain', count: 3, flag: true, people: ['ann'] });
      expect(configured_secrets).toEqual(['token']);
    });
  });

  test('says what is wrong at each field, takes the focus with all of it, and leads there', async () => {
    await onPage({}, async (page) => {
      await open(page);
      await save(page);
      await summary(page).waitFor();
      expect(await summary(page).evaluate((box) => box.matches(':focus'))).toBe(true);
      expect(await summary(page).getByRole('button').allInnerTexts()).toEqual([
        'Name is required.',
        'URL is required.',
        'Count is required.',
        'Token is required.',
      ]);
      expect(await problemAt(field(page, 'URL'))).toContain('URL is required.');
      await expectAccessible(page);
      await summary(page).getByRole('button', { name: 'Count is required.' }).click();
      await page.keyboard.type('12');
      expect(await field(page, 'Count').inputValue()).toBe('12');
      // Mending one takes its sentence away, and leaves the others.
      expect(await summary(page).getByRole('button', { name: 'Count is required.' }).count()).toBe(0);
      expect(await field(page, 'URL').getAttribute('aria-invalid')).toBe('true');

      await fillRequired(page, 'Wrong ones');
      await field(page, 'Count').fill('12');
      await field(page, 'People, number 1').fill('x');
      await panel(page)
        .getByRole('button', { name: /^More settings/ })
        .click();
      await panel(page).getByLabel('Three to five').fill('toolong');
      await field(page, 'Extra').fill('{"a": ');
      for (const [key, value] of [
        ['X-A', '1'],
        ['X-A', '2'],
      ]) {
        await panel(page).getByRole('button', { name: 'Add to Headers' }).click();
        await page.keyboard.type(key!);
        await page.keyboard.press('Tab');
        await page.keyboard.type(value!);
      }
      await save(page);
      expect(await problemAt(field(page, 'Count'))).toContain('Enter 9 or less.');
      expect(await problemAt(field(page, 'People, number 1'))).toContain('Enter at least 2 characters.');
      expect(await problemAt(panel(page).getByLabel('Three to five'))).toContain('At most 5 characters');
      expect(await problemAt(panel(page).getByLabel('Small letters'))).toContain('Small letters is required.');
      expect(await problemAt(field(page, 'Extra'))).toContain('This is not valid JSON');
      await panel(page).getByRole('group', { name: 'Headers' }).getByText('"X-A" stands here twice.').waitFor();
      expect((await app.call('GET', '/api/actions/connector/wrong-ones')).status).toBe(404);
    });
  });

  test('puts what the server finds at the fields that it names, or says it above', async () => {
    await onPage({}, async (page) => {
      await open(page);
      await fillRequired(page, 'Refused');
      await field(page, 'Text').fill('refused');
      await save(page);
      await summary(page).waitFor();
      expect(await problemAt(field(page, 'Text'))).toContain('Text is a word that nobody may use');

      await field(page, 'Text').fill('fine');
      await field(page, 'Token').fill('short');
      await save(page);
      await panel(page).getByRole('alert').getByText('The token is too short').waitFor();

      // A pattern that the browser cannot say is the server's to check: here a number typed as JSON for a text.
      await field(page, 'Token').fill('a long token');
      await panel(page)
        .getByRole('button', { name: /^More settings/ })
        .click();
      await panel(page).getByRole('button', { name: 'Add to Headers' }).click();
      await page.keyboard.type('X-Empty');
      await panel(page).getByLabel('Value 1 of Headers').fill('   ');
      await save(page);
      await summary(page).waitFor();
      expect(await problemAt(panel(page).getByLabel('Value 1 of Headers'))).toContain('X-Empty is required.');
    });
  });

  test('is filled in and sent with the keyboard alone', async () => {
    await onPage({}, async (page) => {
      await open(page);
      const type = async (name: string, text: string) => {
        for (let presses = 0; presses < 60; presses += 1) {
          const label = await page.evaluate(
            '(document.activeElement.labels?.[0]?.textContent ?? document.activeElement.getAttribute("aria-label") ?? "").replace(/ \\*$/, "")',
          );
          if (label === name) return page.keyboard.type(text);
          await page.keyboard.press('Tab');
        }
        throw new Error(`"${name}" cannot be reached`);
      };
      // The name has the focus from the start.
      await page.keyboard.type('By keyboard');
      await type('URL', `${target.url}/hook`);
      await type('Count', '2');
      await type('People, number 1', 'ann');
      await type('Token', 'a long token');
      await page.keyboard.press('Enter');
      await page.getByText("Created 'By keyboard'").waitFor();
      expect((await stored('by-keyboard')).config.count).toBe(2);
    });
  });

  test('shows names, help and steps as text, whatever they say', async () => {
    await onPage({}, async (page) => {
      await open(page);
      await panel(page).getByText(HOSTILE).first().waitFor();
      expect(await panel(page).getByText(HOSTILE).count()).toBeGreaterThan(2);
      expect(await panel(page).locator('img').count()).toBe(0);
      expect(await page.evaluate('globalThis.ran')).toBeUndefined();
      const step = panel(page).getByRole('link', { name: 'https://example.com/steps', exact: true });
      expect(await step.getAttribute('rel')).toContain('noreferrer');
    });
  });

  test('what is emptied of a stored connector is taken away, and the secrets stay', async () => {
    const config = { url: `${target.url}/hook`, count: 3, people: ['ann'], text: 'old', mode: 'signed', key: 'k1' };
    const body = { name: 'Emptied', connector_type_id: 'everything', config, secrets: { token: 'a', signature: 'b' } };
    expect((await app.call('POST', '/api/actions/connector/emptied', body)).status).toBe(200);
    await onPage({}, async (page) => {
      await page.goto('/connectors/emptied/config');
      await field(page, 'Text').fill('');
      const sent = page.waitForRequest((request) => request.method() !== 'GET' && /emptied/.test(request.url()));
      await page.locator('[data-test-subj=edit-connector-flyout-save-btn]').click();
      expect([(await sent).method(), (await sent).postDataJSON()]).toEqual(['PATCH', { config: { text: null } }]);
      await page.getByText("Updated 'Emptied'").waitFor();

      // What depends on a choice goes with it, its secret too.
      await panel(page).getByLabel('Mode').selectOption('Plain');
      await page.locator('[data-test-subj=edit-connector-flyout-save-btn]').click();
      await eventually(async () => (await stored('emptied')).config.mode).toBe('plain');
    });
    const { text: _, key: __, ...left } = config;
    const after = await stored('emptied');
    expect([after.config, after.configured_secrets]).toEqual([{ ...left, mode: 'plain', flag: true }, ['token']]);
  });

  test('a type of one’s own is marked as such in the gallery', async () => {
    await onPage({}, async (page) => {
      await page.goto('/connectors/new');
      await page.locator('[data-test-subj=everything-card]').getByText('Your own').waitFor();
      expect(await page.locator('[data-test-subj=".webhook-card"]').getByText('Your own').count()).toBe(0);
    });
  });

  test.each([
    [320, 'light'],
    [1280, 'dark'],
    [2560, 'light'],
  ] as const)('fits into %i pixels, in %s', async (width, colorScheme) => {
    await onPage({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
      await open(page);
      await panel(page)
        .getByRole('button', { name: /^More settings/ })
        .click();
      await expectToFit(page);
      const body = panel(page)
        .locator('form')
        .locator('xpath=ancestor::*[@data-mantine-stop-propagation or self::div][1]');
      expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
      await expectAccessible(page);
      await screenshot(page, `form-${width}-${colorScheme}`);
    });
  });
});
