import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The clock of the servers that are started with it; that of the database goes on. */
export interface Clock {
  readonly env: Readonly<Record<string, string>>;
  /** From now on, and for servers that are started later, off by so many milliseconds. */
  turn(offsetMs: number): void;
}

/** @param folder for the file by which the servers are told */
export function createClock(folder: string): Clock {
  const file = join(folder, 'clock');
  const turn = (offsetMs: number) => writeFileSync(file, String(offsetMs));
  turn(0);
  const preload = new URL('./turned-clock.mjs', import.meta.url).href;
  return { env: { NODE_OPTIONS: `--import=${preload}`, TURNED_CLOCK: file }, turn };
}
