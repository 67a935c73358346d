import { expect, test } from 'vitest';
import { delivered } from '../connectors/verdict.ts';
import { createRedactor, MASK } from '../egress/redact.ts';
import { createRunRedactor, redactVerdict } from './redaction.ts';

test('a run masks all that it learns, and keeps it to itself', () => {
  const base = createRedactor(['the connector']);
  const run = createRunRedactor(base);
  expect(run('the connector, first, second')).toBe(`${MASK}, first, second`);
  run.learn('first');
  expect(run('the connector, first, second')).toBe(`${MASK}, ${MASK}, second`);
  run.learn('second');
  for (const redact of [run, run.exposed, run.shortened]) {
    expect(redact('the connector, first, second, third')).toBe(`${MASK}, ${MASK}, ${MASK}, third`);
  }
  expect(run('')).toBe('');
  expect(createRunRedactor(base)('first')).toBe('first');
});

test('what a vendor calls the thing that it made may repeat a secret', () => {
  const redact = createRedactor(['s3cret']);
  expect(redactVerdict(delivered(1, { reference: { id: 'a-s3cret', url: 'https://x/?k=s3cret' } }), redact)).toEqual({
    outcome: 'delivered',
    data: 1,
    reference: { id: `a-${MASK}`, url: `https://x/?k=${MASK}` },
  });
  expect(redactVerdict(delivered(1, { reference: { id: 'a' } }), redact)).toMatchObject({ reference: { id: 'a' } });
});
