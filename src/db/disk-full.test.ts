import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../test/support/database.ts';
import { until } from '../../test/support/wait.ts';
import { connectorRows, type NewConnectorRow } from './connectors.ts';
import { startEmbedded } from './embedded.ts';
import { openDatabase } from './index.ts';

// A disk of its own that may be filled: a small tmpfs, which only root may mount.
let disk: string;
let whyNot: string | undefined;

beforeAll(async () => {
  disk = await mkdtemp(join(tmpdir(), 'patchbay-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) whyNot = `no file system can be mounted here: ${mounted.stderr ?? mounted.error?.message}`;
});
afterAll(async () => {
  if (whyNot === undefined) spawnSync('umount', ['--lazy', disk]);
  await rm(disk, { recursive: true, force: true });
});

/** Writes a file until nothing fits any more. */
function fill(): string {
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

const connector = (): NewConnectorRow => ({
  id: randomUUID(),
  spaceId: 'default',
  typeId: '.webhook',
  name: 'Hook',
  // Random, so that it cannot be compressed.
  config: { noise: Array.from({ length: 5_000 }, () => randomUUID()) },
  secrets: null,
  secretNames: [],
  isMissingSecrets: false,
  tags: [],
});

test('a disk that fills up leads to 503 with the reason, and all goes on when there is space again', async ({
  skip,
}) => {
  if (whyNot !== undefined) skip(whyNot);
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const db = await openDatabase({
    dataDir: join(disk, 'data'),
    log: { debug() {}, info: note, warn: note, error: note },
  });
  try {
    const rows = connectorRows(db.kysely);
    const stored = [(await rows.insert(connector())).id];
    const ballast = fill();
    const refused: { code: string; message: string }[] = [];
    await until(async () => {
      try {
        stored.push((await rows.insert(connector())).id);
      } catch (error) {
        refused.push(error as { code: string; message: string });
      }
      return refused.length >= 3;
    }, 'the disk is full');
    expect(refused.map((error) => error.code)).toEqual(refused.map(() => 'database_unavailable'));
    const said = [...refused.map((error) => error.message), ...lines];
    expect(
      said.some((text) => /disk .*is full|No space left/.test(text)),
      said.join('\n'),
    ).toBe(true);

    await rm(ballast);
    await until(
      () =>
        rows.insert(connector()).then(
          (row) => stored.push(row.id) > 0,
          (error: { code: string }) => {
            expect(error.code).toBe('database_unavailable');
            return false;
          },
        ),
      'there is space again',
    );
    for (const id of stored) expect(await rows.find('default', id), id).toBeDefined();
  } finally {
    await db.stop();
  }
});

test('a full disk at the first start is named as the reason, and leaves nothing behind', async ({ skip }) => {
  if (whyNot !== undefined) skip(whyNot);
  const ballast = fill();
  const dataDir = join(disk, 'second');
  try {
    await expect(startEmbedded({ dataDir, log: silentLog })).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: expect.stringMatching(/disk is full|ENOSPC|no space left/i),
    });
  } finally {
    await rm(ballast);
  }
  const server = await startEmbedded({ dataDir, log: silentLog });
  expect(server.pid).toBeGreaterThan(0);
  await server.stop();
});
