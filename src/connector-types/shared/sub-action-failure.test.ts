import { expect, test } from 'vitest';
import { EgressError } from '../../egress/types.ts';
import type { ErrorCode } from '../../errors.ts';
import { errorSourceOfStatus, noAnswerFailure } from './sub-action-failure.ts';

test.each([
  [401, 'user'],
  [422, 'user'],
  [429, 'user'],
  [451, 'user'],
  [400, 'framework'],
  [404, 'framework'],
  [500, 'framework'],
])('%i is put down to the %s', (status, source) => expect(errorSourceOfStatus(status)).toBe(source));

test.each<[ErrorCode, string]>([
  ['egress_connection', 'Status code: undefined. Message: why'],
  ['egress_timeout', 'Status code: undefined. Message: why'],
  ['egress_host_not_allowed', 'error configuring connector action: why'],
])('%s: %s', (code, serviceMessage) => {
  expect(noAnswerFailure(new EgressError(code, 'why'))).toEqual({
    outcome: 'failed',
    code,
    message: 'an error occurred while running the action',
    serviceMessage,
    retry: true,
    errorSource: 'framework',
  });
});

test('defects, and refusals that say all there is to say, are passed on', () => {
  for (const error of [new TypeError('x'), new EgressError('egress_header_invalid', 'x')]) {
    expect(() => noAnswerFailure(error)).toThrow(error);
  }
});
