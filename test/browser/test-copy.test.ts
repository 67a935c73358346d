import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { basic, create, startTarget } from '../api/support.ts';
import { startTestApp } from '../support/app.ts';
import { describeInBrowser, expectAccessible, testConsole } from './console.ts';

const SECRET = 'correct-horse-battery';
/** What shells, HCL and YAML read as something of theirs. */
const TRICKY = `Bob's "disk" is \${HOME} %{if} $(touch x) \`id\` \\ 100 % 🔥\n# no comment: x`;

const target = await startTarget();
const app = await startTestApp();
const { onPage } = testConsole(app);

const panel = (page: Page) => page.getByRole('dialog');

const hook = (space = '') =>
  create(
    app,
    {
      name: `Bob's hook`,
      connector_type_id: '.webhook',
      config: { url: `${target.url}/hook`, headers: { 'X-Tricky': `it's \${HOME}` } },
      secrets: { user: 'ann', password: SECRET },
    },
    space,
  );

async function copyAs(page: Page, what: 'connector' | 'action', kind: string): Promise<string> {
  await panel(page)
    .getByRole('button', { name: `Copy as code: the ${what}` })
    .click();
  await page.getByRole('menuitem', { name: kind }).click();
  await page.getByText(`Copied as ${kind}`).first().waitFor();
  return page.evaluate('navigator.clipboard.readText()') as Promise<string>;
}

/** Runs code as a person would who pasted it, and parses what it prints. */
async function inShell(code: string): Promise<Record<string, unknown>> {
  const { username: PATCHBAY_USER, password: PATCHBAY_PASSWORD } = app.admin;
  const env = { PATH: process.env.PATH, PATCHBAY_USER, PATCHBAY_PASSWORD };
  const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', code], { env });
  return JSON.parse(stdout);
}

describeInBrowser('copying as code', () => {
  beforeEach(() => {
    target.received.length = 0;
  });

  test('an action: its curl does in a shell what the page does', async () => {
    const id = await hook();
    await onPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.goto(`/connectors/${id}/test`);
      await panel(page).getByRole('textbox', { name: 'Body' }).fill(TRICKY);
      const [curl, terraform, yaml] = [
        await copyAs(page, 'action', 'curl'),
        await copyAs(page, 'action', 'Terraform'),
        await copyAs(page, 'action', 'YAML'),
      ];
      for (const code of [curl, terraform, yaml]) expect(code).not.toContain(SECRET);
      expect(curl).toContain(`curl -X POST '${app.url}/api/actions/connector/${id}/_execute'`);
      expect(await inShell(curl)).toMatchObject({ connector_id: id, status: 'ok', data: TRICKY });
      expect(target.received.map(({ body }) => body)).toEqual([TRICKY]);
      expect(terraform).toContain('id     = elasticstack_kibana_action_connector.bob_s_hook.connector_id');
      expect(terraform).toContain('is $${HOME} %%{if}');
      expect(parse(yaml)).toEqual({ id, group: 'default', params: { body: TRICKY } });
    });
  });

  test('a connector: with placeholders, in whose place the secrets make the same one', async () => {
    const id = await hook();
    await onPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.goto(`/connectors/${id}/test`);
      const [curl, terraform, yaml] = [
        await copyAs(page, 'connector', 'curl'),
        await copyAs(page, 'connector', 'Terraform'),
        await copyAs(page, 'connector', 'YAML'),
      ];
      for (const code of [curl, terraform, yaml]) expect(code).not.toContain(SECRET);
      const config = { url: `${target.url}/hook`, headers: { 'X-Tricky': `it's \${HOME}` } };
      expect(parse(yaml)).toMatchObject({
        'xpack.actions.preconfigured': {
          [id]: {
            name: `Bob's hook`,
            actionTypeId: '.webhook',
            config,
            secrets: { user: `\${BOB_S_HOOK_USER}`, password: `\${BOB_S_HOOK_PASSWORD}` },
          },
        },
      });
      expect(terraform).toContain(`connector_id      = "${id}"`);
      expect(terraform).toContain('secrets_wo = jsonencode({');
      expect(terraform).toContain('password = var.bob_s_hook_password');
      expect(terraform).toContain(`terraform import elasticstack_kibana_action_connector.bob_s_hook default/${id}`);

      await app.call('DELETE', `/api/actions/connector/${id}`);
      expect(await inShell(curl.replace('<user>', 'ann').replace('<password>', SECRET))).toMatchObject({ id, config });
      await app.call('POST', `/api/actions/connector/${id}/_execute`, { params: {} });
      expect(target.received[0]!.headers).toMatchObject({
        authorization: basic('ann', SECRET),
        'x-tricky': `it's \${HOME}`,
      });
    });
  });

  test('in a space: the code is of that space', async () => {
    const id = await hook('/s/ops');
    await onPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.goto(`/s/ops/connectors/${id}/test`);
      const curl = await copyAs(page, 'action', 'curl');
      expect(await inShell(curl)).toMatchObject({ connector_id: id, status: 'ok' });
      expect(await copyAs(page, 'connector', 'Terraform')).toContain('space_id          = "ops"');
      await panel(page).getByRole('button', { name: 'Copy as code: the action' }).click();
      await expectAccessible(page);
    });
  });
});
