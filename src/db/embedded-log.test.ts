import { expect, test } from 'vitest';
import { createServerLog } from './embedded-log.ts';

function collect(...chunks: string[]) {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const output = createServerLog({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
  for (const chunk of chunks) output.push(chunk);
  return { lines, problem: output.problem() };
}

test('lines are put together from chunks and get a level', () => {
  const { lines, problem } = collect(
    '[1] LOG:  database system is re',
    'ady to accept connections\n[2] ERROR:  no\n[1] LOG:  server process (PID 7) was terminated by signal 9: Killed\n',
    '[3] PANIC:  could not write\r\n[4] WARNING:  careful\n\n',
  );
  expect(lines).toEqual([
    'debug PostgreSQL: database system is ready to accept connections',
    'debug PostgreSQL: no',
    'warn PostgreSQL: server process (PID 7) was terminated by signal 9: Killed',
    'error PostgreSQL: could not write',
    'warn PostgreSQL: careful',
  ]);
  expect(problem).toBe('could not write');
});

test.each([
  ['[1] FATAL:  could not create file: No space left on device\n', /^the disk is full: free some space/],
  ['initdb: error: x\ninitdb: FATAL:  bad', /^bad$/],
  [
    'postgres: error while loading shared libraries: libz.so.1: cannot open shared object file',
    /^a library of the system is missing \(.*libz/,
  ],
  ['unshare: unshare failed: Operation not permitted\n', /^unshare: unshare failed/],
])('the reason of a failed start is found in %j', (text, reason) => {
  expect(collect(text).problem).toMatch(reason);
});

test('a server that said nothing bad has no problem', () => {
  expect(collect('[1] LOG:  fine\n').problem).toBeUndefined();
});

test('endless lines are cut', () => {
  const { lines, problem } = collect('x'.repeat(1_000_000), `[1] FATAL:  ${'y'.repeat(10_000)}\n`);
  for (const line of lines) expect(line.length).toBeLessThan(600);
  expect(problem!.length).toBeLessThan(600);
});
