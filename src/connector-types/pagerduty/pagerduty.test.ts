import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { ExecutionSource } from '../../connectors/define.ts';
import { validateConfig, validateParams, validateSecrets } from '../../connectors/validate.ts';
import type { Failed } from '../../connectors/verdict.ts';
import { errorText } from '../../errors.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import pagerduty from './index.ts';
import { parseTimestamp } from './timestamp.ts';

const secrets = { routingKey: 'pager-duty-routing-key' };
const SUCCESS = { status: 'success', message: 'Event processed', dedup_key: 'k1' };

async function send(params: Record<string, unknown>, source?: ExecutionSource, attempt = 1) {
  const target = await httpServer(answering(202, SUCCESS));
  const config = { apiUrl: `${target.origin}/v2/enqueue` };
  const { verdict } = await tryType(pagerduty, { config, secrets, params, source, attempt, executionId: 'x1' });
  return { verdict, sent: target.seen[0]!, body: JSON.parse(target.seen[0]!.body) };
}

async function runAgainst(status: number, body: unknown = '', headers: Record<string, string> = {}) {
  const target = await httpServer(answering(status, body, headers));
  const { verdict } = await tryType(pagerduty, {
    config: { apiUrl: target.origin },
    secrets,
    params: { summary: 'x' },
  });
  return verdict as Failed;
}

const problem = (params: unknown) => {
  try {
    validateParams(pagerduty, params, checkContext());
    return undefined;
  } catch (error) {
    return errorText(error);
  }
};

describe('what is sent', () => {
  test('a summary alone makes the bytes that Kibana sends', async () => {
    const { sent, verdict } = await send({ summary: 'just a test' });
    expect(sent).toMatchObject({ method: 'POST', url: '/v2/enqueue' });
    expect(sent.headers).toMatchObject({
      'content-type': 'application/json',
      'x-routing-key': secrets.routingKey,
      accept: 'application/json, text/plain, */*',
    });
    expect(sent.body).toBe(
      '{"event_action":"trigger","payload":{"summary":"just a test","source":"Kibana Action c1","severity":"info"}}',
    );
    expect(Buffer.byteLength(sent.body.replace('c1', 'a'.repeat(36)))).toBe(142);
    expect(verdict).toEqual({ outcome: 'delivered', data: SUCCESS, reference: { id: 'k1' } });
  });

  test.each([{}, { summary: '', source: '', dedupKey: '', timestamp: '  ' }])('defaults of %j', async (params) => {
    expect((await send(params)).body).toEqual({
      event_action: 'trigger',
      payload: { summary: 'No summary provided.', source: 'Kibana Action c1', severity: 'info' },
    });
  });

  test('every field, each value with its type', async () => {
    const { sent } = await send({
      images: [{ src: 'https://x/y.png', alt: 'y' }],
      clientUrl: 'https://x',
      client: 'X',
      links: [{ href: 'https://x', text: 'x' }],
      customDetails: { n: 1, b: false, list: [null, {}], text: '"\n' },
      class: '',
      group: 'g',
      component: 'c',
      timestamp: ' 2030-01-02 12:30:05+0100 ',
      severity: 'critical',
      source: 's',
      summary: 'm',
      dedupKey: 'k',
      eventAction: 'trigger',
    });
    expect(sent.body).toBe(
      '{"event_action":"trigger","dedup_key":"k","payload":{"summary":"m","source":"s","severity":"critical",' +
        '"timestamp":"2030-01-02T11:30:05.000Z","component":"c","group":"g","class":"",' +
        '"custom_details":{"n":1,"b":false,"list":[null,{}],"text":"\\"\\n"}},' +
        '"links":[{"href":"https://x","text":"x"}],"images":[{"src":"https://x/y.png","alt":"y"}],' +
        '"client":"X","client_url":"https://x"}',
    );
  });

  test('an empty list of links, and custom details given as text', async () => {
    const { body } = await send({ links: [], customDetails: '{"a": [1]}' });
    expect(body).toMatchObject({ links: [], payload: { custom_details: { a: [1] } } });
  });

  test.each(['resolve', 'acknowledge'])('%s sends the key and nothing else', async (eventAction) => {
    const { sent } = await send({ eventAction, dedupKey: 'k', summary: 'ignored', links: [] }, 'rule');
    expect(sent.body).toBe(`{"event_action":"${eventAction}","dedup_key":"k"}`);
  });

  test('what the queue may send twice has one key, what is sent once has none', async () => {
    for (const source of ['queue', 'rule', 'notification'] as const) {
      expect((await send({}, source, 1)).body.dedup_key).toBe('x1');
      expect((await send({}, source, 2)).body.dedup_key).toBe('x1');
      expect((await send({ dedupKey: 'mine' }, source)).body.dedup_key).toBe('mine');
    }
    for (const source of ['http_request', 'test'] as const) {
      expect((await send({}, source)).body).not.toHaveProperty('dedup_key');
    }
  });

  test('null and an empty API URL stand for the default', () => {
    const target = (config: object) =>
      pagerduty.target?.({ config: pagerduty.config.parse(config), secrets, settings: checkContext().settings });
    expect(pagerduty.config.parse({})).toEqual({ apiUrl: null });
    for (const config of [{}, { apiUrl: null }, { apiUrl: '' }]) {
      expect(target(config)).toBe('https://events.pagerduty.com/v2/enqueue');
    }
    expect(target({ apiUrl: 'https://x/y' })).toBe('https://x/y');
  });
});

describe('what the answer means', () => {
  test('the answer is the data as it came, with or without a key', async () => {
    expect(await runAgainst(202, { status: 'success' })).toEqual({ outcome: 'delivered', data: { status: 'success' } });
    expect(await runAgainst(202, 'OK')).toEqual({ outcome: 'delivered', data: 'OK' });
    expect(await runAgainst(202, { dedup_key: 'x'.repeat(300) })).not.toHaveProperty('reference');
  });

  test('the key that was sent names the alert where the answer does not', async () => {
    const target = await httpServer(answering(202, {}));
    const config = { apiUrl: target.origin };
    const { verdict } = await tryType(pagerduty, { config, secrets, params: { dedupKey: 'k' } });
    expect(verdict).toMatchObject({ reference: { id: 'k' } });
  });

  test.each([
    [429, 'target_rate_limited'],
    [502, 'target_unavailable'],
  ])('%i: retry, at the time that PagerDuty names', async (status, code) => {
    const message = `error posting pagerduty event: http status ${status}, retry later`;
    expect(await runAgainst(status)).toEqual({ outcome: 'failed', code, message, retry: true });
    const before = Date.now();
    const later = await runAgainst(status, { message: 'Slow down' }, { 'retry-after': '120' });
    expect(later).toMatchObject({ message, serviceMessage: 'Slow down.' });
    expect((later.retry as Date).getTime()).toBeGreaterThanOrEqual(before + 120_000);
  });

  const invalid = (...errors: unknown[]) => ({ status: 'invalid event', message: 'Event object is invalid', errors });
  const KEY = 'Copy the integration key of an "Events API V2" integration again; an API access key is another thing.';
  test.each([
    [
      400,
      invalid("Length of 'routing_key' is incorrect (should be 32 characters)", "'routing_key' is odd."),
      'target_auth',
      `Event object is invalid: Length of 'routing_key' is incorrect (should be 32 characters); 'routing_key' is odd. ${KEY}`,
    ],
    [400, invalid('Invalid routing key'), 'target_auth', `Event object is invalid: Invalid routing key. ${KEY}`],
    [
      400,
      invalid("'payload.severity' is invalid"),
      'target_rejected',
      "Event object is invalid: 'payload.severity' is invalid.",
    ],
    [400, { ...invalid(), errors: 'one text' }, 'target_rejected', 'Event object is invalid: one text.'],
    [400, invalid(1, null, {}), 'target_rejected', 'Event object is invalid.'],
    [400, 'Bad', 'target_rejected', 'Bad.'],
    [403, '', 'target_auth', KEY],
    [
      413,
      'Payload Too Large',
      'target_rejected',
      'Payload Too Large. PagerDuty takes events of at most 512 KB: shorten the custom details.',
    ],
    [200, '<html>', 'target_rejected', expect.stringContaining('check the API URL')],
    [404, '', 'target_rejected', expect.stringContaining('check the API URL')],
  ])('%i %j: a sentence with what to do', async (status, body, code, serviceMessage) => {
    expect(await runAgainst(status, body)).toEqual({
      outcome: 'failed',
      code,
      message: `error posting pagerduty event: unexpected status ${status}`,
      serviceMessage,
    });
  });

  test('any other status without words', async () => {
    expect(await runAgainst(418)).toEqual({
      outcome: 'failed',
      code: 'target_rejected',
      message: 'error posting pagerduty event: unexpected status 418',
    });
  });

  test('no answer, and an API URL that is none', async () => {
    const at = async (apiUrl: string) =>
      (await tryType(pagerduty, { config: { apiUrl }, secrets, params: {} })).verdict;
    expect(await at('http://127.0.0.1:1/')).toEqual({
      outcome: 'failed',
      code: 'egress_connection',
      message: 'error posting pagerduty event',
      serviceMessage: expect.stringMatching(/^\[ECONNREFUSED\] /),
    });
    expect(await at('not a url')).toMatchObject({
      code: 'egress_url_invalid',
      message: 'error posting pagerduty event',
    });
  });
});

test('the connection test resolves an alert that nobody has', async () => {
  const check = async (status: number, body: unknown) => {
    const target = await httpServer(answering(status, body));
    const config = { apiUrl: target.origin };
    const { verdict } = await tryType(pagerduty, { config, secrets, executionId: 'x1' });
    return { verdict, body: target.seen[0]?.body };
  };
  expect(await check(202, SUCCESS)).toEqual({
    verdict: { outcome: 'delivered', data: undefined },
    body: '{"event_action":"resolve","dedup_key":"patchbay-check-x1"}',
  });
  expect((await check(400, { errors: ['Invalid routing key'] })).verdict).toMatchObject({ code: 'target_auth' });
});

describe('validation', () => {
  const PREFIX = 'error validating action params: ';

  test.each([
    [{ eventAction: 'resolve' }, 'DedupKey is required when eventAction is "resolve"'],
    [{ eventAction: 'acknowledge', dedupKey: '' }, 'DedupKey is required when eventAction is "acknowledge"'],
    [{ timestamp: '1963-09-55 90:23:45' }, 'error parsing timestamp "1963-09-55 90:23:45"'],
    [{ timestamp: ' soon ', eventAction: 'resolve' }, 'error parsing timestamp " soon "'],
    [
      { eventAction: 'x' },
      `Field "eventAction": Invalid enum value. Expected 'trigger' | 'resolve' | 'acknowledge', received 'x'`,
    ],
    [{ summary: 'x'.repeat(1025) }, 'Field "summary": String must contain at most 1024 character(s)'],
    [{ dedupKey: 'x'.repeat(256) }, 'Field "dedupKey": String must contain at most 255 character(s)'],
    [{ links: [{ href: 'x' }] }, 'Field "links.0.text": Required'],
    [{ x: 1 }, "Unrecognized key(s) in object: 'x'"],
    [{ customDetails: 5 }, 'Field "customDetails": Expected object, received number'],
    [{ customDetails: '[1]' }, 'Field "customDetails": Expected object, received array'],
    [{ customDetails: '{"__proto__":{}}' }, 'Field "customDetails": Unrecognized key(s) in object: \'__proto__\''],
  ])('%j', (params, text) => {
    expect(problem(params)).toBe(PREFIX + text);
  });

  test('custom details that are no JSON, or too deep', () => {
    expect(problem({ customDetails: '{"a":' })).toMatch(
      /^error validating action params: Field "customDetails": .*JSON/,
    );
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    expect(problem({ customDetails: deep })).toContain('nested more than');
  });

  test.each([
    {},
    { timestamp: '' },
    { timestamp: ' 2030-01-02 ' },
    { eventAction: 'resolve', dedupKey: 'k' },
    { summary: 'x'.repeat(1024), dedupKey: 'x'.repeat(255) },
    { customDetails: '{}' },
  ])('%j passes', (params) => expect(problem(params)).toBeUndefined());

  test('the default address needs the allow-list as well, and only that is asked', () => {
    const save = (config: unknown, hosts: string[]) => {
      try {
        return validateConfig(pagerduty, config, checkContext(hosts));
      } catch (error) {
        return errorText(error);
      }
    };
    const refused = (url: string) =>
      `error validating connector type config: error configuring pagerduty action: target url "${url}" is not added to the Kibana config xpack.actions.allowedHosts`;
    expect(save(undefined, ['example.com'])).toBe(refused('https://events.pagerduty.com/v2/enqueue'));
    expect(save({ apiUrl: 'http://x.example' }, ['example.com'])).toBe(refused('http://x.example'));
    expect(save({ apiUrl: 'not a url' }, ['example.com'])).toBe(refused('not a url'));
    expect(save({ apiUrl: 'not a url' }, ['*'])).toEqual({ apiUrl: 'not a url' });
    expect(save({}, ['events.pagerduty.com'])).toEqual({ apiUrl: null });
    expect(() => validateSecrets(pagerduty, {}, checkContext())).toThrow(
      'error validating connector type secrets: Field "routingKey": Required',
    );
  });
});

describe('timestamps', () => {
  test.each([
    ['2015-07-17T08:42:58.315+0000', '2015-07-17T08:42:58.315Z'],
    ['2015-07-17T08:42:58,3159-02', '2015-07-17T10:42:58.315Z'],
    ['20150717T084258Z', '2015-07-17T08:42:58.000Z'],
    ['2019-01-01T24:00:00Z', '2019-01-02T00:00:00.000Z'],
    ['2020-02-29 10:00 Z', '2020-02-29T10:00:00.000Z'],
    ['Tue, 01 Jan 2030 00:01:00 GMT', '2030-01-01T00:01:00.000Z'],
  ])('%s', (text, iso) => expect(parseTimestamp(text)?.toISOString()).toBe(iso));

  test.each(['2019-01-01', '2019-01-01T10:00', '2019'])('%s is local time', (text) => {
    const [year, month = 1, day = 1, hour = 0] = text.split(/\D/).map(Number);
    expect(parseTimestamp(text)).toEqual(new Date(year!, month - 1, day, hour));
  });

  test.each([
    '2019-02-30',
    '2019-02-29T10:00Z',
    '2019-13-01',
    '2019-01-01T24:00:01Z',
    '1545862800000',
    'soon',
    '2019-01-01T10:60',
  ])('%s is none', (text) => expect(parseTimestamp(text)).toBeUndefined());
});
