import type { DatabaseLog } from './types.ts';

/** Turns what the server writes to its standard error into lines of our log, and remembers why it failed. */
export interface ServerLog {
  push(chunk: Buffer | string): void;
  /** What kept the server from starting, as a sentence; undefined when nothing was said. */
  problem(): string | undefined;
}

const LINE_MAX = 500;
const FAILURES_KEPT = 5;
// Written at level LOG by the server, but worth an operator's attention.
const REMARKABLE = /terminated by signal|was not properly shut down|could not|no space left|database system is in/i;

/** @param log our log; each line reaches it at most {@link LINE_MAX} characters long */
export function createServerLog(log: DatabaseLog): ServerLog {
  let rest = '';
  let failures: string[] = [];

  function line(text: string): void {
    if (text === '') return;
    // Lines look like `[123] FATAL:  text`; the dynamic loader and the shell know no such prefix.
    const match = /^(?:\[\d+\] )?(?:\w+: )?(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC): +(.*)$/.exec(text);
    const level = match?.[1] ?? 'FATAL';
    const message = `PostgreSQL: ${(match?.[2] ?? text).slice(0, LINE_MAX)}`;
    const isFailure = level === 'FATAL' || level === 'PANIC' || /No space left/.test(text);
    if (isFailure) failures = [...failures, message.slice('PostgreSQL: '.length)].slice(-FAILURES_KEPT);

    if (level === 'PANIC') log.error(message);
    else if (level === 'WARNING' || (level === 'LOG' && REMARKABLE.test(message))) log.warn(message);
    // Refused connections and failed statements are reported by whoever asked for them.
    else log.debug(message);
  }

  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!.slice(0, LINE_MAX);
      for (const text of lines) line(text.trimEnd());
    },
    problem() {
      if (rest !== '') line(rest);
      rest = '';
      return failures.length === 0 ? undefined : explain(failures);
    },
  };
}

function explain(failures: readonly string[]): string {
  const all = failures.join('; ');
  if (/No space left|disk full/i.test(all)) return 'the disk is full: free some space on the disk that holds path.data';
  if (/cannot open shared object/.test(all)) return `a library of the system is missing (${failures.at(-1)})`;
  return failures.at(-1)!;
}
