import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRecorder, cut, isSensitiveHeader, maskHeaders } from './recorder.ts';
import { createRedactor, MASK } from './redact.ts';

const none = createRedactor([]);

function record(parts: object = {}) {
  return { method: 'POST', url: 'https://x.example/', headers: {}, duration_ms: 1, ...parts };
}

describe('headers', () => {
  test.each([
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'SET-COOKIE',
    'X-Api-Key',
    'd3key',
    'X-Auth',
    'X-Amz-Security-Token',
    'client_secret',
    'X-Hub-Signature-256',
  ])('%s is masked whatever it holds', (name) => {
    expect(isSensitiveHeader(name)).toBe(true);
    expect(maskHeaders({ [name]: 'value' }, none)).toEqual({ [name]: MASK });
  });

  test.each(['Content-Type', 'Idempotency-Key', 'WWW-Authenticate', 'Author', 'X-Request-Id'])('%s is not', (name) => {
    expect(maskHeaders({ [name]: 'value' }, none)).toEqual({ [name]: 'value' });
  });

  test('the scheme stays, since a wrong one is a common mistake', () => {
    expect(maskHeaders({ Authorization: 'Bearer abc', 'X-Token': 'one two' }, none)).toEqual({
      Authorization: `Bearer ${MASK}`,
      'X-Token': MASK,
    });
  });

  test('a header named __proto__ is a header', () => {
    const masked = maskHeaders(JSON.parse('{"__proto__": "x"}'), none);
    expect(Object.entries(masked)).toEqual([['__proto__', 'x']]);
  });

  test('their number and length are bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, 'v'.repeat(10_000)]));
    const masked = maskHeaders(many, none);
    expect(Object.keys(masked)).toHaveLength(100);
    expect(Buffer.byteLength(masked['x-0'] ?? '')).toBeLessThan(2_200);
  });
});

describe('records', () => {
  test('are redacted everywhere and capped after that', () => {
    const recorder = createRecorder({ redact: createRedactor(['hunter22', '42']), maxBytes: 20 });
    recorder.add(
      record({
        url: 'https://x.example/42?k=hunter22',
        headers: { 'X-Thing': 'a hunter22' },
        body: `${'x'.repeat(16)}hunter22 and more`,
        response_headers: { 'x-echo': 'hunter22' },
        response_body: 'hunter22',
        error: 'no hunter22',
      }),
    );
    expect(recorder.records).toEqual([
      {
        method: 'POST',
        url: `https://x.example/${MASK}?k=${MASK}`,
        headers: { 'X-Thing': `a ${MASK}` },
        // The mask is cut like other text; no half of the secret can remain.
        body: `${'x'.repeat(16)}●… [cut, 33 bytes]`,
        status: undefined,
        response_headers: { 'x-echo': MASK },
        response_body: MASK,
        duration_ms: 1,
        error: `no ${MASK}`,
      },
    ]);
  });

  test('are bounded in number, and say how many are missing', () => {
    const recorder = createRecorder({ redact: none });
    for (let index = 0; index < 60; index += 1) recorder.add(record({ url: `https://x.example/${index}` }));
    expect(recorder.records).toHaveLength(50);
    expect(recorder.records[49]?.url).toBe('https://x.example/49');
    expect(recorder.omitted).toBe(10);
  });

  test('can be read between additions', () => {
    const recorder = createRecorder({ redact: none });
    recorder.add(record());
    const [first] = recorder.records;
    recorder.add(record({ method: 'GET' }));
    expect(recorder.records.map((one) => one.method)).toEqual(['POST', 'GET']);
    expect(recorder.records[0]).toBe(first);
  });

  test('cap bodies at 20 KB unless told otherwise', () => {
    const recorder = createRecorder({ redact: none });
    recorder.add(record({ body: 'x'.repeat(30_000), response_body: 'y'.repeat(20_480) }));
    expect(recorder.records[0]?.body).toBe(`${'x'.repeat(20_480)}… [cut, 30000 bytes]`);
    expect(recorder.records[0]?.response_body).toBe('y'.repeat(20_480));
  });
});

test('a cut never splits a character and never exceeds its limit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 0, max: 100 }), (text, maxBytes) => {
      const [kept = ''] = cut(text, maxBytes).split('… [cut, ');
      expect(text.startsWith(kept)).toBe(true);
      expect(kept).not.toContain('\ufffd');
      if (Buffer.byteLength(text) > maxBytes) expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(maxBytes);
      else expect(cut(text, maxBytes)).toBe(text);
    }),
  );
});
