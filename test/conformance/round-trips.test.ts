import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ELASTIC_USER, elasticsearch } from '../../simulators/elasticsearch.ts';
import { GRAPH_TENANT, graph } from '../../simulators/graph.ts';
import { type Simulator, type SimulatorDefinition, startSimulator } from '../../simulators/harness.ts';
import { OAUTH_CLIENT, oauthServer } from '../../simulators/oauth.ts';
import { slack } from '../../simulators/slack.ts';
import { type ReceivedMail, SMTP_USER, smtpServer } from '../../simulators/smtp.ts';
import { WEBHOOK_SIGNING_SECRET, WEBHOOK_USER, webhook } from '../../simulators/webhook.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** From the HTTP API to a vendor and back: a connector is created, run, and looked at, as a person would do it. */

const running: Simulator[] = [];
async function start(definition: SimulatorDefinition): Promise<Simulator> {
  const simulator = await startSimulator(definition);
  running.push(simulator);
  return simulator;
}

let app: TestApp;
let vendors: Record<'slack' | 'webhook' | 'oauth' | 'graph' | 'elastic' | 'mail', Simulator>;
beforeAll(async () => {
  const [one, two, three, four, five, six] = await Promise.all([
    start(slack),
    start(webhook),
    start(oauthServer()),
    start(graph),
    start(elasticsearch),
    start(smtpServer({ requireAuth: true, startTls: true })),
  ]);
  vendors = { slack: one, webhook: two, oauth: three, graph: four, elastic: five, mail: six };
  app = await startTestApp({
    'elasticsearch.hosts': [vendors.elastic.url],
    'elasticsearch.username': ELASTIC_USER.user,
    'elasticsearch.password': ELASTIC_USER.password,
    'xpack.actions.microsoftExchangeUrl': vendors.graph.url,
    'xpack.actions.microsoftGraphApiUrl': `${vendors.graph.url}/v1.0`,
    // Its certificate is signed by itself, so the operator says that this is meant.
    'xpack.actions.customHostSettings': [
      { url: vendors.mail.endpoints.smtp, ssl: { verificationMode: 'none' }, smtp: { requireTLS: true } },
    ],
  });
});
afterAll(async () => {
  await app.stop();
  await Promise.all(running.map((simulator) => simulator.close()));
});

interface Saved {
  readonly type: string;
  readonly config?: Record<string, unknown>;
  readonly secrets?: Record<string, unknown>;
}

async function create({ type, config = {}, secrets = {} }: Saved): Promise<string> {
  const connector = { name: 'Round trip', connector_type_id: type, config, secrets };
  const { status, text, body } = await app.call('POST', '/api/actions/connector', connector);
  expect(status, text).toBe(200);
  return body.id;
}

/** Creates, runs, and answers what `_execute` says beside the recorded execution. */
async function run(saved: Saved, params: Record<string, unknown>) {
  const id = await create(saved);
  const { status, text, body } = await app.call('POST', `/api/actions/connector/${id}/_execute?extended=true`, {
    params,
  });
  expect(status, text).toBe(200);
  const execution = await app.call('GET', `/api/actions/execution/${body.execution_id}`);
  expect(execution.body).toMatchObject({
    connector_id: id,
    connector_type_id: saved.type,
    status: body.status === 'ok' ? 'succeeded' : 'failed',
    attempts: [{ attempt: 1, outcome: body.status === 'ok' ? 'delivered' : 'failed' }],
  });
  return { answer: body, execution: execution.body };
}

/** What a simulator's own log says of its last request. */
const lastOf = ({ requests }: Simulator) => requests.at(-1);

describe('.slack', () => {
  const url = (path: string) => ({ type: '.slack', secrets: { webhookUrl: vendors.slack.url + path } });

  test('posts a message', async () => {
    const { answer } = await run(url('/services/T000/B000/XXXX'), { message: 'Disk is *full* 👩‍🚒' });
    expect(answer).toMatchObject({ status: 'ok', data: { text: 'ok' }, response: { status: 200, body: 'ok' } });
    expect(lastOf(vendors.slack)).toMatchObject({ method: 'POST', note: 'Disk is *full* 👩‍🚒' });
  });

  test.each([
    ['/services/T000/B000/ARCHIVED', 410, 'channel_is_archived'],
    ['/services/T000/B000/wrong-token', 403, 'invalid_token'],
    ['/services/T999/B000/XXXX', 404, 'no_team'],
  ])('%s: the word that Slack answers', async (path, status, word) => {
    const { answer } = await run(url(path), { message: 'Hello' });
    expect(answer).toMatchObject({
      status: 'error',
      message: expect.stringContaining(`unexpected http response from slack: ${status}`),
      service_message: expect.stringContaining(`[${status}] ${word}: `),
    });
  });
});

describe('.webhook', () => {
  test('signed, and with a secret that the target does not know', async () => {
    const config = { url: `${vendors.webhook.url}/signed`, hasAuth: false };
    const unknown = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const secrets = { signingSecret: unknown, previousSigningSecret: WEBHOOK_SIGNING_SECRET };
    const { answer, execution } = await run({ type: '.webhook', config, secrets }, { body: '{"text":"Grüße 📚"}' });
    expect(answer).toMatchObject({ status: 'ok' });
    expect(execution.attempts[0].requests[0].headers).toMatchObject({
      'webhook-id': answer.execution_id,
      'webhook-signature': '●●●',
    });

    const { answer: refused } = await run({ type: '.webhook', config, secrets: { signingSecret: unknown } }, {});
    expect(refused).toMatchObject({
      status: 'error',
      service_message: '[401] Unauthorized: No signature fits the secret and the body.',
    });
    const { answer: unsigned } = await run({ type: '.webhook', config }, {});
    expect(unsigned).toMatchObject({ service_message: '[401] Unauthorized: The request is not signed.' });
  });

  test('posts a body with user and password', async () => {
    const config = { url: `${vendors.webhook.url}/protected`, headers: { 'Content-Type': 'application/json' } };
    const secrets = { user: WEBHOOK_USER.user, password: WEBHOOK_USER.password };
    const { answer } = await run({ type: '.webhook', config, secrets }, { body: '{"disk":93}' });
    expect(answer).toMatchObject({ status: 'ok', data: '{"disk":93}' });
    expect(lastOf(vendors.webhook)).toMatchObject({ text: '{"disk":93}' });

    const wrong = { type: '.webhook', config, secrets: { ...secrets, password: 'wrong password' } };
    expect((await run(wrong, { body: '{}' })).answer).toMatchObject({
      status: 'error',
      message: 'error calling webhook, invalid response',
      service_message: '[401] Unauthorized: User or password is wrong.',
    });
  });

  test('fetches a token, uses it again, and fetches another when it is refused', async () => {
    const config = {
      url: `${vendors.oauth.url}/api`,
      authType: 'webhook-oauth2-client-credentials',
      accessTokenUrl: `${vendors.oauth.url}/token`,
      clientId: OAUTH_CLIENT.id,
    };
    const id = await create({ type: '.webhook', config, secrets: { clientSecret: OAUTH_CLIENT.secret } });
    const execute = () => app.call('POST', `/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
    const before = vendors.oauth.requests.length;
    expect((await execute()).body.status).toBe('ok');
    expect((await execute()).body.status).toBe('ok');
    const paths = () => vendors.oauth.requests.slice(before).map(({ path }) => path);
    expect(paths()).toEqual(['/token', '/api', '/api']);

    vendors.oauth.failNext(1, { status: 401 });
    expect((await execute()).body.status).toBe('ok');
    expect(paths().slice(3)).toEqual(['/api', '/token', '/api']);
  });

  test("a wrong client secret gives the token server's words", async () => {
    const config = {
      url: `${vendors.oauth.url}/api`,
      authType: 'webhook-oauth2-client-credentials',
      accessTokenUrl: `${vendors.oauth.url}/token`,
      clientId: OAUTH_CLIENT.id,
    };
    const { answer } = await run(
      { type: '.webhook', config, secrets: { clientSecret: 'wrong secret' } },
      { body: '{}' },
    );
    expect(answer).toMatchObject({ status: 'error', message: 'error calling webhook, request failed' });
    expect(answer.service_message).toMatch(/^Unable to retrieve\/refresh the access token: \{"error":"invalid_client"/);
  });
});

describe('.email', () => {
  const messages = async (): Promise<ReceivedMail[]> => (await fetch(`${vendors.mail.url}/messages`)).json() as never;
  const throughSmtp = (secrets: Record<string, string>): Saved => {
    const { hostname, port } = new URL(vendors.mail.endpoints.smtp!);
    const config = { service: 'other', from: 'Alerts <alerts@example.com>', host: hostname, port: Number(port) };
    return { type: '.email', config, secrets };
  };
  const right = { user: SMTP_USER.user, password: SMTP_USER.password };
  const params = {
    to: ['Jim <jim@example.com>'],
    bcc: ['boss@example.com'],
    subject: 'Grüße',
    message: 'It is **full**.',
  };

  test('sends through SMTP, encrypted and signed in', async () => {
    const { answer } = await run(throughSmtp(right), params);
    expect(answer).toMatchObject({
      status: 'ok',
      data: { accepted: ['jim@example.com', 'boss@example.com'], rejected: [] },
    });
    const [mail] = await messages();
    expect(mail).toMatchObject({
      envelope: { from: 'alerts@example.com', to: ['jim@example.com', 'boss@example.com'] },
      user: SMTP_USER.user,
      tls: true,
      subject: 'Grüße',
    });
    expect(mail!.text).toContain('It is **full**.');
    expect(mail!.html).toContain('<strong>full</strong>');
    expect(mail!.headers.map(({ name }) => name)).not.toContain('bcc');
  });

  test('a wrong password, a recipient nobody knows, one of two', async () => {
    const wrong = await run(throughSmtp({ ...right, password: 'wrong password' }), params);
    expect(wrong.answer).toMatchObject({ status: 'error', message: 'error sending email', retry: false });
    expect(wrong.answer.service_message).toContain('535 5.7.8 Authentication credentials invalid');

    const nobody = await run(throughSmtp(right), { ...params, to: ['reject@example.com'], bcc: [] });
    expect(nobody.answer.service_message).toContain(
      '5.1.1 <reject@example.com>: Recipient address rejected: User unknown',
    );

    const some = await run(throughSmtp(right), { ...params, to: ['reject@example.com', 'jim@example.com'], bcc: [] });
    expect(some.answer).toMatchObject({
      status: 'ok',
      data: { accepted: ['jim@example.com'], rejected: ['reject@example.com'] },
    });
    expect(some.execution.attempts[0].requests).toMatchObject([{ method: 'SMTP', status: 250 }]);
  });

  test('the certificate of the mail server is checked unless the settings say otherwise', async () => {
    const other = await start(smtpServer({ requireAuth: true, startTls: true }));
    const { hostname, port } = new URL(other.endpoints.smtp!);
    const saved = throughSmtp(right);
    const { answer } = await run({ ...saved, config: { ...saved.config, host: hostname, port: Number(port) } }, params);
    expect(answer).toMatchObject({ status: 'error', service_message: expect.stringMatching(/TLS.*certificate/) });
  });

  const throughGraph = (clientSecret: string, from = 'alerts@example.com'): Saved => ({
    type: '.email',
    config: { service: 'exchange_server', from, tenantId: GRAPH_TENANT, clientId: OAUTH_CLIENT.id },
    secrets: { clientSecret },
  });

  test('sends through Microsoft Graph', async () => {
    const { answer } = await run(throughGraph(OAUTH_CLIENT.secret), params);
    expect(answer.status).toBe('ok');
    expect(lastOf(vendors.graph)).toMatchObject({
      path: '/v1.0/users/alerts@example.com/sendMail',
      note: 'mail: Grüße',
    });
  });

  test("Microsoft's own words for a wrong secret and an unknown sender", async () => {
    const wrong = await run(throughGraph('wrong secret'), params);
    expect(wrong.answer).toMatchObject({ status: 'error', message: 'error sending email' });
    expect(wrong.answer.service_message).toContain('invalid_client');
    const unknown = await run(throughGraph(OAUTH_CLIENT.secret, 'unknown@example.com'), params);
    expect(unknown.answer.service_message).toContain("The requested user 'unknown@example.com' is invalid.");
  });
});

describe('.index', () => {
  const config = { index: 'disk-alerts', refresh: true };

  test('writes documents that a search finds', async () => {
    const documents = [
      { host: 'host-1', disk: 93 },
      { host: 'host-2', disk: 12 },
    ];
    const { answer } = await run({ type: '.index', config }, { documents });
    expect(answer).toMatchObject({ status: 'ok', data: { errors: false, items: expect.any(Array) } });
    const authorization = `Basic ${Buffer.from(`${ELASTIC_USER.user}:${ELASTIC_USER.password}`).toString('base64')}`;
    const found = await fetch(`${vendors.elastic.url}/disk-alerts/_search`, { headers: { authorization } });
    const { hits } = (await found.json()) as { hits: { hits: { _source: unknown }[] } };
    expect(hits.hits.map(({ _source }) => _source)).toEqual(documents);
  });

  test("the cluster's words for a password that was changed", async () => {
    const other = await startTestApp(
      {
        'elasticsearch.hosts': [vendors.elastic.url],
        'elasticsearch.username': ELASTIC_USER.user,
        'elasticsearch.password': 'the old password',
      },
      app.database,
    );
    try {
      const body = { connector_type_id: '.index', config, params: { documents: [{ a: 1 }] } };
      const { body: answer } = await other.call('POST', '/api/actions/_test', body);
      expect(answer).toMatchObject({
        status: 'error',
        message: 'error indexing documents',
        service_message:
          '[401] security_exception: unable to authenticate user [elastic] for REST request [/disk-alerts/_bulk]',
      });
    } finally {
      await other.stop();
    }
  });
});

test('the log holds none of the credentials of all this', () => {
  const secrets = [WEBHOOK_USER.password, OAUTH_CLIENT.secret, SMTP_USER.password, 'wrong password', 'wrong secret'];
  for (const secret of secrets) expect(app.log()).not.toContain(secret);
});
