import { expect, test } from 'vitest';
import { PatchbayError } from '../errors.ts';
import { isOutage, isUniqueViolation, toDatabaseError } from './errors.ts';

const coded = (code: string, message = 'secret detail') => Object.assign(new Error(message), { code });

test.each([
  [coded('ECONNREFUSED'), /does not answer/, true],
  [new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), /does not answer/, true],
  [coded('ENOENT'), /does not answer/, true],
  [new Error('Connection terminated unexpectedly'), /does not answer/, true],
  [new Error('timeout exceeded when trying to connect'), /too much to do/, false],
  [coded('57P01'), /starting or stopping/, true],
  [coded('08006'), /connection to the database broke/, true],
  [coded('28P01'), /refuses the sign-in/, true],
  [coded('53100'), /disk of the database is full/, false],
  [coded('53300'), /takes no more connections/, false],
  [coded('53400'), /out of resources/, false],
  [coded('57014'), /took too long/, false],
  [coded('40001'), /at the same time/, false],
  [coded('25006'), /read-only/, false],
])('%s is the database’s state', (error, message, outage) => {
  const made = toDatabaseError(error);
  expect(made).toMatchObject({ code: 'database_unavailable', status: 503, message: expect.stringMatching(message) });
  expect((made as Error).cause).toBe(error);
  expect((made as Error).message).not.toContain('secret detail');
  expect(isOutage(error)).toBe(outage);
  expect(isOutage(made)).toBe(outage);
});

test.each([
  coded('23505'),
  coded('42P01'),
  coded('XX000'),
  new TypeError('x'),
  new PatchbayError('conflict', 'x'),
  'text',
  null,
  undefined,
])('%s is not, and stays as it is', (error) => {
  expect(toDatabaseError(error)).toBe(error);
  expect(isOutage(error)).toBe(false);
});

test('a violated unique constraint is recognised', () => {
  expect(isUniqueViolation(coded('23505'))).toBe(true);
  expect(isUniqueViolation(coded('23503'))).toBe(false);
  expect(isUniqueViolation(null)).toBe(false);
});
