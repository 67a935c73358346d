import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ChildOptions, launchServer, PROGRAM, patchbay, run, startServer, temporaryFolder } from './child.ts';
import { startTarget } from './target.ts';

const CERTS = join(import.meta.dirname, '../support/certs');
const KEY = 'a key of at least 32 characters, the first';

/** What a wrong setting looks like: files of the working folder, environment, keystore; and what must be named. */
interface Mistake {
  readonly yaml?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly keystore?: Readonly<Record<string, string>>;
  readonly names: string;
}

const tls = (certificate: string, key: string) =>
  `server.ssl:\n  enabled: true\n  certificate: ${certificate}\n  key: ${key}\n`;

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'an unknown name': { yaml: 'xpack.actions.allowedHost: ["*"]', names: 'Did you mean [xpack.actions.allowedHosts]?' },
  'an unknown name of ours, nested': { yaml: 'patchbay:\n  admin:\n    pasword: x', names: '[patchbay.admin.pasword]' },
  'a wrong type in the environment': { env: { XPACK_ACTIONS_ALLOWEDHOSTS: 'x' }, names: 'XPACK_ACTIONS_ALLOWEDHOSTS' },
  'a wrong value in the keystore': {
    keystore: { 'xpack.encryptedSavedObjects.encryptionKey': 'short' },
    names: '[xpack.encryptedSavedObjects.encryptionKey]',
  },
  'YAML that is none': { yaml: 'server: [1', names: 'patchbay.yml is not valid YAML at line' },
  'a file that is not there': { env: { PATCHBAY_CONFIG: 'other.yml' }, names: 'other.yml cannot be read (ENOENT)' },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: how a settings file names a variable
  'a variable that is not set': { yaml: 'server.name: ${PATCHBAY_TEST_MISSING}', names: 'PATCHBAY_TEST_MISSING' },
  'an unreadable certificate': { yaml: tls('none.crt', `${CERTS}/localhost.key`), names: '[server.ssl.certificate]' },
  'a certificate that is none': {
    yaml: tls('patchbay.yml', `${CERTS}/localhost.key`),
    names: '[server.ssl.certificate]',
  },
  'a key that needs a passphrase': {
    yaml: tls(`${CERTS}/client.crt`, `${CERTS}/client-encrypted.key`),
    names: 'server.ssl.keyPassphrase',
  },
  'the key of another certificate': {
    yaml: tls(`${CERTS}/localhost.crt`, `${CERTS}/ca.key`),
    names: '[server.ssl.key]: is not the key of server.ssl.certificate',
  },
  'an unreadable authority': {
    yaml: 'elasticsearch:\n  hosts: http://localhost:9200\n  ssl.certificateAuthorities: none.crt',
    names: '[elasticsearch.ssl.certificateAuthorities]',
  },
  'both lists of email addresses': {
    yaml: 'xpack.actions.email:\n  domain_allowlist: [a.example]\n  recipient_allowlist: ["*@a.example"]',
    names: '[xpack.actions.email]',
  },
  'the key in use among the former ones': {
    env: {
      XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY: KEY,
      XPACK_ENCRYPTEDSAVEDOBJECTS_KEYROTATION_DECRYPTIONONLYKEYS: JSON.stringify([KEY]),
    },
    names: '[xpack.encryptedSavedObjects]',
  },
  'a file of a connector type that is not there': { yaml: 'patchbay.connectorTypes: [none.ts]', names: '"none.ts"' },
  'a connector type that throws': {
    yaml: 'patchbay.connectorTypes: [bad.ts]',
    files: { 'bad.ts': 'throw new Error("no good");' },
    names: '[patchbay.connectorTypes]: "bad.ts" cannot be loaded: no good',
  },
  'a connector type that is none': {
    yaml: 'patchbay.connectorTypes: ["*.ts"]',
    files: { 'bad.ts': 'export default { id: ".x" };' },
    names: '"bad.ts" is not a connector type',
  },
  'a preconfigured connector of a system type': {
    yaml: 'patchbay.connectorTypes: [sys.ts]\nxpack.actions.preconfigured.mine: { name: Mine, actionTypeId: .sys }',
    files: {
      'sys.ts': `export default ({ defineConnectorType, z, action, delivered }) => defineConnectorType({
        id: '.sys', name: 'Sys', description: 'Made by the server.', category: 'generic', features: ['alerting'], minimumLicense: 'basic', style: 'flat', system: true,
        config: z.strictObject({}), secrets: z.strictObject({}),
        actions: { run: action(z.strictObject({}), () => delivered()) },
        sample: { config: {}, secrets: {}, params: {} },
      });`,
    },
    names: '[xpack.actions.preconfigured.mine.actionTypeId]: Setting system action types',
  },
  'a data folder that cannot be': { env: { PATH_DATA: '/dev/null/data' }, names: '[path.data]' },
  'a database that is none': {
    env: { PATCHBAY_DATABASE_URL: 'mysql://u:hidden@db/x' },
    names: '[patchbay.database.url]',
  },
  'an address of another machine': { yaml: 'server.host: 192.0.2.1', names: '[server.host]: 192.0.2.1' },
  'a host that does not exist': { yaml: 'server.host: none.invalid', names: '[server.host]: the name "none.invalid"' },
};

/** A folder with these files, to be the working folder of a server. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function addToKeystore(data: string, name: string, value: string, options: ChildOptions = {}): Promise<void> {
  await mkdir(data, { recursive: true });
  const script = `printf %s "$3" | "$1" keystore add "$2" --stdin`;
  await patchbay(['keystore', 'create'], data, options);
  const added = await run('sh', ['-c', script, 'sh', PROGRAM, name, value], { ...options, env: { PATH_DATA: data } });
  expect(added.code, added.stderr).toBe(0);
}

describe('a wrong setting ends the start with code 78 and one sentence that names it', () => {
  test.each(Object.entries(MISTAKES))(
    '%s',
    async (_name, { yaml = '', files = {}, env = {}, keystore = {}, names }) => {
      const cwd = await folderWith({ 'patchbay.yml': yaml, ...files });
      const data = join(cwd, 'data');
      for (const [name, value] of Object.entries(keystore)) await addToKeystore(data, name, value, { cwd });
      // Left out where the file is to decide.
      const port = yaml.includes('server.port') ? { SERVER_PORT: undefined } : {};
      expectRefusal(await launchServer(data, { cwd, env: { ...port, ...env } }).ended, names);
    },
  );

  test('a port that is in use', async () => {
    const { port } = new URL((await startTarget()).url);
    const cwd = await folderWith({ 'patchbay.yml': `server.host: 127.0.0.1\nserver.port: ${port}` });
    const ended = await launchServer(join(cwd, 'data'), { cwd, env: { SERVER_PORT: undefined } }).ended;
    expectRefusal(ended, `[server.port]: 127.0.0.1:${port} is already in use`);
  });
});

function expectRefusal(ended: Awaited<ReturnType<typeof patchbay>>, names: string): void {
  const said = ended.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect(said, ended.stderr).toHaveLength(1);
  expect(said[0]).toMatch(/^ERROR: \S/);
  expect(said[0]).toContain(names);
  expect(said[0]).not.toMatch(/hidden|\bat (async )?\S+ \(/);
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(78);
  // The contract's limit is 3 s; a machine that is busy with other tests gets three times that.
  expect(ended.tookMs).toBeLessThan(9_000);
}

describe('which of several values counts', () => {
  test('environment over file over default, keystore over both; nested and dotted names are the same', async () => {
    const yaml = [
      'server.name: from-file',
      'server: { maxPayload: 2mb }',
      'status: { allowAnonymous: true }',
      'patchbay.admin: { username: boss, password: from the file }',
    ];
    const cwd = await folderWith({ 'patchbay.yml': yaml.join('\n') });
    const data = join(cwd, 'data');
    await addToKeystore(data, 'patchbay.admin.password', 'from the keystore', { cwd });
    const env = { SERVER_NAME: 'from-environment', PATCHBAY_ADMIN_PASSWORD: 'from the environment' };
    const server = await startServer(data, { cwd, env });
    const signIn = (password: string) =>
      fetch(`${server.url}/api/status`, {
        headers: { authorization: `Basic ${Buffer.from(`boss:${password}`).toString('base64')}` },
      });
    expect((await signIn('from the file')).status).toBe(401);
    expect((await signIn('from the environment')).status).toBe(401);
    const status = await signIn('from the keystore');
    expect(status.status).toBe(200);
    expect(await status.json()).toMatchObject({ name: 'from-environment' });
    // From the file, against the default; were it not for the nested form, this would be refused.
    expect(await (await fetch(`${server.url}/api/status`)).json()).toHaveProperty('version');
  });

  test('an existing kibana.yml starts, with one line about what it holds for others', async () => {
    const cwd = await folderWith({ 'kibana.yml': KIBANA_YML });
    const server = await startServer(join(cwd, 'data'), { cwd, args: ['--config', 'kibana.yml'] });
    const about = server.log().filter(({ msg }) => msg.includes('other parts of Kibana'));
    expect(about).toHaveLength(1);
    expect(about[0]!.msg).toMatch(/^Ignored \d\d settings that belong to other parts of Kibana: /);
    const { body } = await server.call('GET', '/api/actions/connectors');
    expect(body).toMatchObject([{ id: 'my-slack', is_preconfigured: true }]);
    expect(server.stderr()).not.toContain('T000-secret');
  });
});

const KIBANA_YML = `
# For more configuration options see the configuration guide for Kibana
server.port: 0
server.host: "localhost"
server.publicBaseUrl: "https://kibana.example.com"
server.maxPayload: 1048576
server.name: "kibana-prod-1"
server.shutdownTimeout: 30s
server.cors.enabled: false
server.customResponseHeaders: { X-Frame-Options: DENY }
elasticsearch.hosts: ["https://es01.example.com:9200", "https://es02.example.com:9200"]
elasticsearch.username: "kibana_system"
elasticsearch.password: "pass"
elasticsearch.pingTimeout: 1500
elasticsearch.requestTimeout: 30000
elasticsearch.requestHeadersWhitelist: [ authorization ]
elasticsearch.ssl.verificationMode: certificate
logging:
  appenders:
    file: { type: file, fileName: /var/log/kibana/kibana.log, layout: { type: json } }
  root: { level: info, appenders: [default, file] }
  loggers:
    - { name: http.server.response, level: debug }
ops.interval: 5000
i18n.locale: "en"
pid.file: /run/kibana/kibana.pid
telemetry.optIn: false
data.search.timeout: 60000
map.includeElasticMapsService: false
csp.strict: true
monitoring.ui.ccs.enabled: false
xpack:
  security:
    authc.providers: { basic.basic1: { order: 0 } }
    session: { idleTimeout: 8h, lifespan: 30d }
    encryptionKey: "something_at_least_32_characters_long"
  reporting:
    encryptionKey: "something_at_least_32_characters_long"
    csv.maxSizeBytes: 100mb
  fleet.agents.enabled: true
  screenshotting.browser.chromium.disableSandbox: true
  encryptedSavedObjects:
    encryptionKey: "min-32-byte-long-strong-encryption-key"
  alerting.rules.run.timeout: 5m
  task_manager.max_workers: 10
  actions:
    allowedHosts: ["hooks.slack.com", "localhost"]
    preconfigured:
      my-slack:
        actionTypeId: .slack
        name: 'Slack #xyz'
        secrets: { webhookUrl: 'https://hooks.slack.com/services/T000-secret' }
`;
