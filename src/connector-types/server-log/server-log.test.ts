import { describe, expect, test } from 'vitest';
import type { ConnectorLog } from '../../connectors/define.ts';
import { tryType } from '../shared/testing.ts';
import serverLog, { oneLine } from './index.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

async function run(params: Record<string, unknown>) {
  const lines: string[] = [];
  const log = Object.fromEntries(LEVELS.map((level) => [level, (text: string) => lines.push(`${level}: ${text}`)]));
  const { verdict } = await tryType(serverLog, { params, log: log as Partial<ConnectorLog> });
  return { verdict, lines };
}

describe('.server-log', () => {
  test.each(LEVELS)('writes one record at level %s and answers without data', async (level) => {
    const { verdict, lines } = await run({ message: 'disk full', level });
    expect(lines).toEqual([`${level}: Server log: disk full`]);
    expect(verdict).toEqual({ outcome: 'delivered', data: undefined });
  });

  test('the level is info when left out, and an empty message is fine', async () => {
    expect((await run({ message: '' })).lines).toEqual(['info: Server log: ']);
  });

  test('a level that does not exist and unknown keys are refused', () => {
    const { params } = serverLog.actions.run!;
    expect(params.safeParse({ message: 'x', level: 'warning' }).success).toBe(false);
    expect(params.safeParse({ message: 'x', foo: 1 }).success).toBe(false);
    expect(serverLog.config.safeParse({ x: 1 }).success).toBe(false);
    expect(serverLog.secrets.safeParse({ x: 1 }).success).toBe(false);
  });

  test('a message with line breaks stays on one line', async () => {
    expect((await run({ message: 'line1\nline2' })).lines).toEqual(['info: Server log: line1;line2']);
  });

  test('every control character but tab, every line separator and every bidi control becomes ";"', () => {
    for (let code = 0; code <= 0x2100; code++) {
      const char = String.fromCharCode(code);
      // \p{Cc}: C0, DEL and C1; \p{Bidi_Control}; Zl and Zp: line and paragraph separator
      const isUnsafe = char !== '\t' && /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(char);
      expect([code, oneLine(char)]).toEqual([code, isUnsafe ? ';' : char]);
    }
    expect(oneLine('\u001b[31mred\u001b[0m \u009b2J 🙂')).toBe(';[31mred;[0m ;2J 🙂');
  });

  test('a log that throws is reported', async () => {
    const log = {
      info: () => {
        throw new Error('no space left on device');
      },
    };
    const { verdict } = await tryType(serverLog, { params: { message: 'x' }, log });
    expect(verdict).toMatchObject({ message: 'error logging message', serviceMessage: 'no space left on device' });
    expect(verdict).not.toHaveProperty('retry');
  });
});
