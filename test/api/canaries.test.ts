import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';
import { smtpServer } from '../../simulators/smtp.ts';
import { type Answer, startTestApp, type TestApp } from '../support/app.ts';
import { dumpDatabase, spellings } from './database-dump.ts';
import { startTarget, type Target } from './support.ts';

/** Planted secrets, each of its own kind of trouble: quotes, spaces, characters that URLs and base64 change. */
const CANARIES = {
  password: 'canary-Pä"ss w/ord+1',
  header: 'canary-header-6b1f44',
  oauth: 'canary-client&secret=2',
  slack: 'canarySlackToken0123456789',
  mail: 'canary-m4il%pass\\word',
} as const;

let app: TestApp;
let target: Target;
let smtp: Simulator;
beforeAll(async () => {
  [app, target, smtp] = await Promise.all([startTestApp(), startTarget(), startSimulator(smtpServer())]);
});
afterAll(async () => {
  await app.stop();
  await smtp.close();
});

/** Everything that came out of the server, to be searched at the end. */
const answers: Answer[] = [];
async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await app.call(method, path, body);
  answers.push(answer);
  return answer;
}

interface Planted {
  connector_type_id: string;
  config: Record<string, unknown>;
  secrets: Record<string, unknown>;
  params: Record<string, unknown>;
}

/** Each kind of target that a secret can come back from. */
function planted(): Planted[] {
  const webhook = (config: Record<string, unknown>, secrets: Record<string, unknown>): Planted => ({
    connector_type_id: '.webhook',
    config,
    secrets,
    // A user may well put a secret into the message himself; it is no less a secret there.
    params: { body: JSON.stringify({ text: JSON.stringify(secrets) }) },
  });
  const basic = { user: 'ann', password: CANARIES.password, secretHeaders: { 'X-Custom': CANARIES.header } };
  const ways = ['/echo', '/status/400', '/status/401', '/status/429', '/status/500', '/status/302'];
  const unreachable = ['http://127.0.0.1:1/', 'http://nowhere.invalid/', 'http://169.254.169.254/'];
  const oauth = { authType: 'webhook-oauth2-client-credentials', clientId: 'me', scope: 'all' };
  const slack = (base: string): Planted => ({
    connector_type_id: '.slack',
    config: {},
    secrets: { webhookUrl: `${base}/services/T1/B2/${CANARIES.slack}?x=1` },
    params: { message: `see ${CANARIES.slack}` },
  });
  const mail = (host: string, port: number): Planted => ({
    connector_type_id: '.email',
    config: { service: 'other', host, port, secure: false, from: 'a@example.com', hasAuth: true },
    secrets: { user: 'mailer', password: CANARIES.mail },
    params: { to: ['b@example.com'], subject: `about ${CANARIES.mail}`, message: CANARIES.mail },
  });
  const smtpAt = new URL(smtp.endpoints.smtp ?? 'smtp://127.0.0.1:1');
  return [
    ...ways.map((way) => webhook({ url: target.url + way }, basic)),
    ...unreachable.map((url) => webhook({ url }, basic)),
    webhook(
      { url: `${target.url}/echo`, ...oauth, accessTokenUrl: `${target.url}/echo` },
      { clientSecret: CANARIES.oauth },
    ),
    webhook(
      { url: `${target.url}/echo`, ...oauth, accessTokenUrl: `${target.url}/status/400` },
      { clientSecret: CANARIES.oauth },
    ),
    ...[target.url, `${target.url}/status/404`, `${target.url}/status/500`, 'http://127.0.0.1:1'].map(slack),
    mail(smtpAt.hostname, Number(smtpAt.port)),
    mail('127.0.0.1', 1),
  ];
}

test('no planted secret ever comes out: not in an answer, not in the log, not in the database', async () => {
  const tries = planted().map(async ({ params, ...connector }) => {
    const { body } = await call('POST', '/api/actions/connector', { name: 'Canary', ...connector });
    const one = `/api/actions/connector/${body.id}`;
    expect(body.id).toEqual(expect.any(String));
    await call('POST', `${one}/_execute`, { params });
    const { body: ran } = await call('POST', `${one}/_execute?extended=true`, { params });
    await call('GET', `/api/actions/execution/${ran.execution_id}`);
    await call('POST', '/api/actions/_test?extended=true', { ...connector, params });
    await call('POST', '/api/actions/_preview', { connector_id: body.id, params });
    await call('POST', '/api/actions/_preview', { ...connector, params });
    await call('GET', `${one}?extended=true`);
    await call('PATCH', one, { name: 'Canary 2' });
    await call('PATCH', one, { config: { nope: true } });
  });
  await Promise.all(tries);
  await call('GET', '/api/actions/connectors?extended=true');
  await call('GET', '/api/actions/executions?per_page=1000');
  await call('GET', '/api/openapi.json');

  // The search is only worth something if the secrets really were on their way, and the records were made.
  const sent = target.received.map(({ url, headers, body }) => url + JSON.stringify(headers) + body).join('\n');
  expect(sent).toContain(CANARIES.slack);
  expect(sent).toContain(CANARIES.header);
  expect(sent).toContain(Buffer.from(`ann:${CANARIES.password}`).toString('base64'));
  expect(sent).toContain(encodeURIComponent(CANARIES.oauth));
  const dump = await dumpDatabase(app.database.db.kysely);
  expect(dump).toContain('●●●');
  // An echo of an echo escapes quotes twice and more often; without the backslashes all depths are one.
  const places = {
    answers: answers
      .map(({ text, headers }) => text + JSON.stringify([...headers]))
      .join('\n')
      .replaceAll('\\', ''),
    log: app.log().replaceAll('\\', ''),
    database: dump.replaceAll('\\', ''),
  };
  const found = Object.entries(places).flatMap(([place, text]) =>
    Object.entries(CANARIES).flatMap(([name, canary]) =>
      spellings(canary)
        .map((spelling) => spelling.replaceAll('\\', ''))
        .filter((spelling) => text.includes(spelling))
        .map((spelling) => {
          const at = text.indexOf(spelling);
          return `${name} in ${place}: …${text.slice(Math.max(0, at - 120), at + spelling.length + 20)}`;
        }),
    ),
  );
  expect(found).toEqual([]);
});
