import { expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { executionRows } from '../db/executions.ts';
import { partitions } from '../db/partitions.ts';
import { newExecutionId } from '../runs/execution-id.ts';
import { createRetention } from './retention.ts';

const { db } = await testDatabase();
const DAY_MS = 86_400_000;

test('the days are there before work begins, and what is over is gone', async () => {
  const createdAt = new Date(Date.now() - 3 * DAY_MS);
  const id = newExecutionId(createdAt.getTime());
  const rows = executionRows(db.kysely);
  await rows.insertMany([
    {
      id,
      spaceId: 'default',
      connectorId: 'c',
      connectorTypeId: '.webhook',
      connectorName: 'Hook',
      source: 'queue',
      status: 'succeeded',
      createdAt,
      finishedAt: createdAt,
      attempts: [],
    },
  ]);
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
  const work = partitions(db.kysely);
  const long = createRetention({ partitions: work, retentionMs: 10 * DAY_MS, log });
  await long.start();
  await long.stop();
  expect(await rows.find('default', id)).toBeDefined();
  expect(lines).toEqual([]);

  const short = createRetention({ partitions: work, retentionMs: DAY_MS, log });
  await short.start();
  await short.stop();
  expect(await rows.find('default', id)).toBeUndefined();
  expect(lines).toEqual([
    expect.stringMatching(/^The records of executions of 1 day\(s\) were dropped, up to \d{8}\.$/),
  ]);
});

test('a database that is away is told of and does not stop the server', async () => {
  const lines: string[] = [];
  const retention = createRetention({
    partitions: { tidy: () => Promise.reject(new Error('away')) },
    retentionMs: DAY_MS,
    log: { info() {}, warn: (line) => void lines.push(line) },
  });
  await retention.start();
  expect(lines).toEqual(['The tables of the execution log could not be looked after: away']);
  await retention.stop();
});
