import { request } from 'undici';
import { type Helper, startHelper } from './processes.ts';

/** What arrived at `/hook`. Times are of `clockMs`, 0 when nothing arrived. */
export interface SinkReport {
  /** All requests since the last reset or lap. */
  readonly arrivals: number;
  /** Different markers since the last reset. */
  readonly unique: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The target and its control. */
export interface Sink extends Helper {
  /** The counted path. */
  readonly hookUrl: string;
  /** Forgets everything. */
  reset(): Promise<void>;
  /** Begins to count requests anew, but keeps the markers. */
  lap(): Promise<void>;
  report(): Promise<SinkReport>;
  /** When each marker of `[from, to)` arrived last, in ms of `clockMs`; 0: never. */
  times(from: number, to: number): Promise<number[]>;
  /**
   * Waits without polling until so many different markers have arrived.
   *
   * @throws {Error} after `timeoutMs`, with how many there were
   */
  reached(count: number, timeoutMs: number): Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const helper = await startHelper('sink.ts');
  const ask = async (path: string, timeoutMs = 10_000): Promise<unknown> => {
    const { statusCode, body } = await request(`${helper.url}control/${path}`, {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`the sink answered ${statusCode} to ${path}`);
    return JSON.parse(text);
  };
  const report = async () => (await ask('report')) as SinkReport;
  return {
    ...helper,
    hookUrl: `${helper.url}hook`,
    reset: async () => void (await ask('reset')),
    lap: async () => void (await ask('lap')),
    report,
    times: async (from, to) => (await ask(`times?from=${from}&to=${to}`, 60_000)) as number[],
    async reached(count, timeoutMs) {
      try {
        await ask(`await?count=${count}`, timeoutMs);
      } catch (cause) {
        const { unique } = await report();
        throw new Error(`only ${unique} of ${count} actions arrived within ${timeoutMs / 1000} s`, { cause });
      }
    },
  };
}
