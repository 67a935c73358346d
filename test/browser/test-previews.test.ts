import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { teamsFlowPath } from '../../simulators/teams.ts';
import { create, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, eventually, expectAccessible, screenshot, testConsole } from './console.ts';

const HOSTILE = '<img src=x onerror="globalThis.ran = true"><script>globalThis.ran = true</script>';

/** What of a document could load or run something; the source of a function for the browser. */
const LEFT_IN = `(text) => {
  const parsed = new DOMParser().parseFromString(text, 'text/html');
  const elements = [...parsed.querySelectorAll('*')];
  const attributes = elements.flatMap((element) => [...element.attributes]);
  const texts = (selector) => [...parsed.querySelectorAll(selector)];
  return {
    elements: elements.map(({ localName }) => localName).filter((name) =>
      /^(script|link|base|i?frame|object|embed|video|audio|source|template|animate)$/.test(name)),
    metas: texts('meta').map(({ outerHTML }) => outerHTML),
    attributes: attributes.map(({ name, value }) => name + '=' + value).filter((pair) =>
      /^(on|(href|action|formaction|srcset|ping|background|manifest)=|src=(?!data:))|url\\(/.test(pair)),
    styles: texts('style').map(({ textContent }) => textContent).filter((css) => /url|import/.test(css)),
  };
}`;

const target = await startTarget();
const app = await startTestApp();
const { onPage } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog');
const field = (page: Page, name: string) => panel(page).getByRole('textbox', { name, exact: true });
const tab = (page: Page, name: string) => panel(page).getByRole('tab', { name, exact: true });
const look = (page: Page) => panel(page).getByRole('tabpanel', { name: 'As the target shows it' });

const connector = (type: string, config: object, secrets: object = {}) =>
  create(app, { name: `My ${type}`, connector_type_id: type, config, secrets });
const slack = () => connector('.slack', {}, { webhookUrl: `${target.url}/slack` });
const slackApi = () => connector('.slack_api', {}, { token: 'xoxb-a-long-token' });
const mail = () =>
  connector('.email', { service: 'other', from: 'a@example.com', host: '127.0.0.1', port: 1, hasAuth: false });
const teams = () => connector('.teams', {}, { webhookUrl: target.url + teamsFlowPath('cards') });

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/connectors/${id}/test`);
  await tab(page, 'As the target shows it').click();
}

/** The form of posting blocks, with everything but the blocks. */
async function openBlocks(page: Page, id: string): Promise<void> {
  await page.goto(`/connectors/${id}/test`);
  await panel(page).getByRole('combobox', { name: 'Action', exact: true }).selectOption('Post blockkit');
  await tab(page, 'As the target shows it').click();
  await field(page, 'Channel ID, number 1')
    .or(panel(page).getByRole('button', { name: 'Add to Channel ID' }))
    .click();
  await field(page, 'Channel ID, number 1').fill('C0123ABCD');
}

/** Shows the HTML of a mail, and answers what its frame holds. */
async function showMail(page: Page, html: string): Promise<string> {
  await open(page, await mail());
  const more = panel(page).getByRole('button', { name: /^More fields/ });
  if ((await more.count()) > 0) await more.click();
  await field(page, 'HTML message').fill(html);
  const frame = panel(page).locator('iframe');
  await frame.waitFor();
  expect(await frame.getAttribute('sandbox')).toBe('');
  expect(await frame.getAttribute('src')).toBeNull();
  return (await frame.getAttribute('srcdoc'))!;
}

describeInBrowser('what the target shows', () => {
  beforeEach(() => {
    target.received.length = 0;
  });

  test('Slack: marks are drawn, links lead nowhere, the rest is text', async () => {
    const id = await slack();
    await onPage({}, async (page) => {
      await open(page, id);
      await look(page).getByText('Disk of host-1 is 93 % full').waitFor();
      await field(page, 'Message').fill(
        [
          `*Disk* of _host-1_ is ~not~ <https://example.com/?a=1&amp;b=2|full> :fire: 🔥 a*b*c ${HOSTILE}`,
          '> <!here> look at <#C1|alerts>, <@U1>',
          '<javascript:globalThis.ran=1|click> `*code*`',
          '```',
          '*as it is*',
          '```',
        ].join('\n'),
      );
      const message = look(page);
      await message.locator('strong', { hasText: /^Disk$/ }).waitFor();
      expect(await message.locator('em').allInnerTexts()).toEqual(['host-1']);
      expect(await message.locator('s').allInnerTexts()).toEqual(['not']);
      expect(await message.locator('code').allInnerTexts()).toEqual(['*code*']);
      expect(await message.locator('pre').innerText()).toBe('*as it is*');
      expect(await message.getByTitle('https://example.com/?a=1&b=2').innerText()).toBe('full');
      expect(await message.locator('blockquote').innerText()).toBe('@here look at #alerts, @U1');
      const text = await message.innerText();
      expect(text).toContain(':fire: 🔥 a*b*c ');
      expect(text).toContain('<script>');
      expect(await message.locator('a, img, script').count()).toBe(0);
      await screenshot(page, 'preview-slack');
      await expectAccessible(page);
      expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    });
    expect(target.received).toEqual([]);
  });

  test('Slack without formatting: the message as it is written', async () => {
    const id = await slackApi();
    await onPage({}, async (page) => {
      await open(page, id);
      await field(page, 'Message').fill('*Disk* full');
      await look(page)
        .locator('strong', { hasText: /^Disk$/ })
        .waitFor();
      const more = panel(page).getByRole('button', { name: /^More fields/ });
      if ((await more.count()) > 0) await more.click();
      await panel(page).getByLabel('Formatting').selectOption('Off');
      await look(page).getByText('*Disk* full').waitFor();
    });
  });

  describe('Block Kit', () => {
    const BLOCKS = {
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: `Disk ${HOSTILE}` } },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '*93 %* of :floppy_disk:' },
          fields: [{ type: 'plain_text', text: 'host-1' }],
        },
        { type: 'divider' },
        { type: 'image', image_url: 'https://example.com/graph.png', alt_text: 'Graph of the disk' },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              style: 'danger',
              url: 'https://example.com',
              text: { type: 'plain_text', text: 'Clean up' },
            },
          ],
        },
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'emoji', name: 'fire' },
                { type: 'text', text: 'rich', style: { bold: true } },
              ],
            },
          ],
        },
        { type: 'video', title: 'unknown here' },
      ],
    };

    test('is drawn, and can be looked at in Slack’s own builder', async () => {
      const id = await slackApi();
      await onPage({}, async (page) => {
        await openBlocks(page, id);
        expect(await panel(page).getByRole('link', { name: 'View in Slack Block Kit Builder' }).count()).toBe(0);
        await field(page, 'Block Kit').fill(JSON.stringify(BLOCKS));
        await look(page).getByText('<script>').waitFor();
        await look(page).locator('strong', { hasText: '93 %' }).waitFor();
        for (const text of [
          'host-1',
          ':floppy_disk:',
          'Image: Graph of the disk',
          'Clean up',
          ':fire:',
          'Block of the type “video”',
        ]) {
          await look(page).getByText(text).first().waitFor();
        }
        expect(await look(page).locator('a, img, script').count()).toBe(0);
        await screenshot(page, 'preview-blocks');
        await expectAccessible(page);

        const link = panel(page).getByRole('link', { name: 'View in Slack Block Kit Builder' });
        const [address, fragment] = (await link.getAttribute('href'))!.split('#');
        expect(address).toBe('https://app.slack.com/block-kit-builder/');
        expect(JSON.parse(decodeURIComponent(fragment!))).toEqual(BLOCKS);
        expect([await link.getAttribute('rel'), await link.getAttribute('target')]).toEqual(['noreferrer', '_blank']);
      });
    });

    test('that is no JSON, or has no blocks, says what is wrong', async () => {
      const id = await slackApi();
      await onPage({}, async (page) => {
        await openBlocks(page, id);
        await field(page, 'Block Kit').fill('{"blocks": [}');
        await panel(page)
          .getByText(/^This is not valid JSON: Unexpected token/)
          .waitFor();
        await look(page)
          .getByText(/block kit body is not valid JSON - Unexpected token/i)
          .waitFor();
        await screenshot(page, 'preview-blocks-wrong');
        await expectAccessible(page);
        await panel(page).getByRole('button', { name: 'Run', exact: true }).click();
        await eventually(() => field(page, 'Block Kit').getAttribute('aria-invalid')).toBe('true');
        await tab(page, 'As the target shows it').click();
        await field(page, 'Block Kit').fill('{"text": "none"}');
        await look(page)
          .getByText(/block kit body must contain field "blocks"/i)
          .waitFor();
        await field(page, 'Block Kit').fill('{"blocks": {"type": "divider"}}');
        await look(page).getByText('APP').waitFor();
      });
    });
  });

  describe('mail', () => {
    test('Markdown is drawn, and from whom to whom', async () => {
      const id = await mail();
      await onPage({}, async (page) => {
        await open(page, id);
        await field(page, 'Message').fill(
          `# Disk\n\n**93 %** of [host-1](javascript:globalThis.ran=1)\n\n- one\n- two\n\n${HOSTILE}`,
        );
        await field(page, 'Subject').fill(HOSTILE);
        await look(page).locator('strong', { hasText: '93 %' }).waitFor();
        expect(await look(page).locator('li').allInnerTexts()).toEqual(['one', 'two']);
        const text = await look(page).innerText();
        for (const said of ['a@example.com', 'jim@example.com', 'ops@example.com', HOSTILE])
          expect(text).toContain(said);
        expect(await look(page).locator('a, img, script, iframe').count()).toBe(0);
        expect(await page.evaluate('globalThis.ran')).toBeUndefined();
        await screenshot(page, 'preview-mail');
        await expectAccessible(page);
      });
    });

    test('HTML is drawn in a frame that runs nothing and asks for nothing', async () => {
      const away = `${target.url}/away`;
      const script = `fetch('${away}'); top.ran = true; parent.ran = true`;
      const html = `<!doctype html><html onload="${script}" manifest="${away}"><head>
        <base href="${target.url}/"><meta http-equiv="refresh" content="0;url=${away}"><link rel="stylesheet" href="${away}.css">
        <link rel="preload" as="image" href="${away}"><link rel="dns-prefetch" href="//away.example">
        <style>@import '${away}.css'; @import url(${away}.css); body { background: url("${away}") } h1::after { content: url(${away}) }</style>
        <script>${script}</script><script src="${away}.js"></script></head>
        <body onload="${script}" background="${away}" style="background-image: url('${away}')"><h1>Disk full</h1>
        <img src="${away}.png" srcset="${away}.png 2x" onerror="${script}" alt="Graph"><img src="x" onerror="${script}">
        <picture><source srcset="${away}.png"><img alt="Other"></picture>
        <img alt="Dot" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">
        <svg onload="${script}"><image href="${away}"/><use href="${away}#x"/><rect width="9" height="9" fill="url(${away}#f)" mask="url(${away}#m)"/>
          <image><animate attributeName="href" values="${away}"/></image><style>rect { fill: url(${away}) }</style></svg>
        <table background="${away}"><tr><td background="${away}">Cell</td></tr></table>
        <iframe src="${away}"></iframe><iframe srcdoc="<script>${script.replaceAll("'", '&quot;')}</script>"></iframe>
        <object data="${away}"></object><embed src="${away}"><video src="${away}" poster="${away}" autoplay></video><audio src="${away}" autoplay></audio>
        <div><template shadowrootmode="open"><img src="${away}"><slot></slot></template>Shadow</div>
        <form action="${away}" method="post"><input name="a" autofocus onfocus="${script}"><input type="image" src="${away}" alt="Picture"><button formaction="${away}">Send</button></form>
        <a href="${away}" ping="${away}" target="_top">Link</a> <a href="javascript:${script}">Script link</a> <a href="${away}" target="_blank">New page</a>
        <p style="color: rgb(200, 0, 0)" onclick="${script}">Kept in red</p></body></html>`;
      await onPage({}, async (page, { context }) => {
        const document = await showMail(page, html);
        await panel(page).getByText('Pictures from elsewhere are not loaded here.').waitFor();
        const frame = page.frameLocator('iframe[title="Message as the reader sees it"]');
        await frame.getByRole('heading', { name: 'Disk full' }).waitFor();
        expect(await frame.getByText('Kept in red').getAttribute('style')).toBe('color: rgb(200, 0, 0)');
        await frame.getByText('Link', { exact: true }).click();
        await frame.getByText('Script link').click();
        await frame.getByText('New page').click();
        await frame.getByText('Kept in red').click();
        await frame.getByRole('button', { name: 'Send' }).click();
        await screenshot(page, 'preview-mail-html');
        await expectAccessible(page);

        // Nothing in it could load or run anything, even in a frame that would let it.
        const left = await page.evaluate(`(${LEFT_IN})(${JSON.stringify(document)})`);
        expect(left).toEqual({
          elements: [],
          metas: [expect.stringMatching(/Content-Security-Policy.*default-src 'none'/)],
          attributes: [],
          styles: [],
        });
        expect(await page.evaluate('globalThis.ran')).toBeUndefined();
        expect(context.pages()).toHaveLength(1);
        expect(new URL(page.url()).origin).toBe(app.url);
      });
      expect(target.received).toEqual([]);
    });
  });

  test('Teams: the card, with Markdown drawn', async () => {
    const id = await teams();
    await onPage({}, async (page) => {
      await open(page, id);
      await field(page, 'Message').fill(`**Disk** of [host-1](https://example.com) ${HOSTILE}`);
      await look(page)
        .locator('strong', { hasText: /^Disk$/ })
        .waitFor();
      expect(await look(page).getByTitle('https://example.com').innerText()).toBe('host-1');
      expect(await look(page).innerText()).toContain(HOSTILE);
      expect(await look(page).locator('a, img, script').count()).toBe(0);
      await screenshot(page, 'preview-teams');
      await expectAccessible(page);
    });
  });

  test('the log of the server: one line, whatever the message holds', async () => {
    const id = await connector('.server-log', {});
    await onPage({}, async (page) => {
      await open(page, id);
      await field(page, 'Message').fill('Disk full\n[info] forged \u202eenil');
      await panel(page).getByLabel('Level').selectOption('Error');
      const line = '[error] Server log: Disk full;[info] forged ;enil';
      await look(page).getByText(line, { exact: true }).waitFor();
      await tab(page, 'Request').click();
      await panel(page).getByText('A run of this action sends nothing over the network.').waitFor();
      await panel(page).getByRole('button', { name: 'Run', exact: true }).click();
      await page.locator('[data-test-subj=executionSuccessfulResult]').waitFor();
      expect(app.log()).toContain(line.slice('[error] '.length));
    });
  });

  test('other targets get data, which has no look', async () => {
    const id = await connector('.webhook', { url: `${target.url}/hook`, hasAuth: false });
    await onPage({}, async (page) => {
      await open(page, id);
      await look(page).getByText('The target gets data, which has no look of its own.').waitFor();
      await look(page).getByText('"disk": 93').waitFor();
      await field(page, 'Body').fill('');
      await look(page).getByText('No body').waitFor();
    });
  });

  test.each([
    [320, 'dark'],
    [2560, 'light'],
  ] as const)('fits into %i pixels, in %s', async (width, colorScheme) => {
    const [chat, letter, card] = [await slack(), await mail(), await teams()];
    await onPage({ viewport: { width, height: 900 }, colorScheme }, async (page) => {
      for (const [name, id] of Object.entries({ slack: chat, mail: letter, teams: card })) {
        await open(page, id);
        await field(page, 'Message').fill(`**Disk** of *host-1*: ${'w'.repeat(500)}`);
        await look(page).getByText('w'.repeat(500)).waitFor();
        expect(
          await panel(page)
            .locator('> *')
            .evaluateAll((parts) => parts.filter((part) => part.scrollWidth > part.clientWidth).length),
        ).toBe(0);
        await expectAccessible(page, name);
        await look(page).scrollIntoViewIfNeeded();
        await screenshot(page, `preview-${name}-${width}-${colorScheme}`);
      }
    });
  });
});
