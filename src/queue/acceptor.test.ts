import { expect, test } from 'vitest';
import type { NewQueueRow } from '../db/queue.ts';
import { PatchbayError } from '../errors.ts';
import { newExecutionId } from '../runs/execution-id.ts';
import { createAcceptor } from './acceptor.ts';

function row(changes: Partial<NewQueueRow> = {}): NewQueueRow {
  return {
    id: newExecutionId(),
    spaceId: 'default',
    connectorId: 'c1',
    connectorTypeId: '.webhook',
    connectorName: 'Hook',
    source: 'queue',
    params: '{}',
    isClaimed: true,
    ...changes,
  };
}

/** A table that takes everything but rows with the params `bad`; keeps the statements that it was sent. */
function table(known = new Map<string, string>()) {
  const statements: NewQueueRow[][] = [];
  let gate = Promise.resolve();
  return {
    statements,
    /** Until the returned function is called, statements wait. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    async insert(_node: string, rows: readonly NewQueueRow[]) {
      statements.push([...rows]);
      await gate;
      if (rows.some(({ params }) => params === 'bad')) throw new Error('refused');
      return { isRegistered: true, known };
    },
  };
}

const acceptorOf = (rows: ReturnType<typeof table>) =>
  createAcceptor(
    rows,
    () => 'node',
    () => undefined,
  );

test('requests that come while statements are under way go together in the next one', async () => {
  const rows = table();
  const release = rows.hold();
  const acceptor = acceptorOf(rows);
  const answers = Array.from({ length: 10 }, () => acceptor.add([row(), row()]));
  release();
  expect((await Promise.all(answers)).flat()).toHaveLength(20);
  expect(rows.statements.map((statement) => statement.length)).toEqual([2, 2, 16]);
});

test('what the database refuses of one request does not fail the others', async () => {
  const rows = table();
  const release = rows.hold();
  const acceptor = acceptorOf(rows);
  const first = [acceptor.add([row()]), acceptor.add([row()])];
  const [good, bad, alsoGood] = [
    acceptor.add([row()]),
    acceptor.add([row({ params: 'bad' })]).catch((error: Error) => error.message),
    acceptor.add([row()]),
  ];
  release();
  await Promise.all(first);
  expect(await bad).toBe('refused');
  expect(await good).toHaveLength(1);
  expect(await alsoGood).toHaveLength(1);
});

test('all requests of a statement learn that the database is away, and none is sent again', async () => {
  const away = new PatchbayError('database_unavailable', 'away');
  let statements = 0;
  const acceptor = createAcceptor(
    {
      insert: async () => {
        statements += 1;
        throw away;
      },
    },
    () => 'node',
    () => undefined,
  );
  const results = await Promise.allSettled([acceptor.add([row()]), acceptor.add([row()]), acceptor.add([row()])]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(statements).toBe(3);
});

test('a key that comes twice at once is sent once, and both get its execution', async () => {
  const rows = table();
  const [first, second] = [row({ idempotencyKey: 'k' }), row({ idempotencyKey: 'k' })];
  const [one, two] = await acceptorOf(rows).add([first, second]);
  expect(rows.statements[0]).toHaveLength(1);
  expect(one).toEqual({ executionId: first.id, isNew: true, isClaimed: true });
  expect(two).toEqual({ executionId: first.id, isNew: false, isClaimed: false });
});

test('a key that was used before gives the old execution, which this node does not have in hand', async () => {
  const again = row({ idempotencyKey: 'k' });
  const [accepted] = await acceptorOf(table(new Map([[again.id, 'old']]))).add([again]);
  expect(accepted).toEqual({ executionId: 'old', isNew: false, isClaimed: false });
});

test('a statement carries a bounded number of rows and characters', async () => {
  const rows = table();
  const release = rows.hold();
  const acceptor = acceptorOf(rows);
  const first = [acceptor.add([row()]), acceptor.add([row()])];
  const many = Array.from({ length: 5 }, () => acceptor.add(Array.from({ length: 1_000 }, () => row())));
  const large = Array.from({ length: 3 }, () => acceptor.add([row({ params: 'x'.repeat(5_000_000) })]));
  release();
  await Promise.all([...first, ...many, ...large]);
  expect(rows.statements.map((statement) => statement.length)).toEqual([1, 1, 2_000, 2_000, 1_001, 1, 1]);
});
