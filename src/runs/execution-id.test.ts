import { expect, test } from 'vitest';
import { createdAtOf, newExecutionId } from './execution-id.ts';

test('is a UUID of version 7 that begins with the time', () => {
  const id = newExecutionId(0x0123456789ab);
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newExecutionId(0x0123456789ab)).not.toBe(id);
  expect(newExecutionId(0x0123456789ac) > id).toBe(true);
});

test('gives its time back', () => {
  const now = Date.parse('2026-11-22T08:09:10.123Z');
  expect(createdAtOf(newExecutionId(now))).toEqual(new Date(now));
  expect(createdAtOf('ffffffff-ffff-7fff-bfff-ffffffffffff').getTime()).toBe(2 ** 48 - 1);
});
