import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { until } from '../support/wait.ts';
import { startServer, temporaryFolder } from './child.ts';
import { createWebhook, execute, startTarget } from './target.ts';

/** A file system of its own that may be filled, which only root may mount. Answers why there is none. */
function mountSmallDisk(folder: string): string | undefined {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) return mounted.stderr || mounted.error?.message || 'mount failed';
  disks.add(folder);
  return undefined;
}

const disks = new Set<string>();
// Before the folder is removed. Lazy, since after a failed test a server still works there.
afterEach(() => {
  for (const disk of disks) spawnSync('umount', ['--lazy', disk]);
  disks.clear();
});

/** Takes all the space that is left; answers the file that does. */
function fill(disk: string): string {
  const path = join(disk, 'ballast');
  const file = openSync(path, 'w');
  for (const size of [1 << 20, 1 << 12]) {
    try {
      for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break;
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
  closeSync(file);
  return path;
}

test('a full disk: requests get 503 with the reason, and all goes on when there is space again', async ({ skip }) => {
  const disk = await temporaryFolder();
  const whyNot = mountSmallDisk(disk);
  if (whyNot !== undefined) skip(`no file system can be mounted here: ${whyNot}`);
  const target = await startTarget();
  const server = await startServer(join(disk, 'data'));
  expect((await createWebhook(server, 'before', target.url)).status).toBe(200);

  const ballast = fill(disk);
  // Random, so that no compression makes it small; the log has room for some of them.
  const noise = () => Array.from({ length: 400 }, () => Math.random().toString(36)).join('');
  const create = (id: string) =>
    server.call('POST', `/api/actions/connector/${id}`, {
      name: id,
      connector_type_id: '.webhook',
      config: { url: `${target.url}/?${noise()}`, hasAuth: false },
    });
  const created: string[] = [];
  const texts = new Set<string>();
  let refused = 0;
  let tries = 0;
  await until(
    async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `during-${tries}-${index}`);
      tries += 1;
      for (const [index, { status, body }] of (await Promise.all(ids.map(create))).entries()) {
        expect([200, 503], JSON.stringify(body)).toContain(status);
        if (status === 200) created.push(ids[index]!);
        else texts.add(body.message);
        refused += status === 503 ? 1 : 0;
      }
      return refused >= 20;
    },
    'the disk is full',
    30_000,
  );
  for (const text of texts) expect(text).not.toContain(disk);
  const said = [...texts, ...server.log().map(({ msg }) => msg)];
  expect(
    said.some((text) => /disk .*is full|No space left/.test(text)),
    said.slice(-20).join('\n'),
  ).toBe(true);

  rmSync(ballast);
  await until(async () => (await create('after')).status === 200, 'there is space again');
  for (const id of ['before', 'after', ...created.slice(-20)]) {
    expect(await execute(server, id), id).toMatchObject({ status: 200, body: { status: 'ok' } });
  }
  expect((await server.stop()).code).toBe(0);
}, 60_000);
