// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to variables are part of what is tested

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { writeKeystore } from './keystore.ts';
import { type LoadedSettings, loadSettings, locateKeystore } from './load.ts';

interface Given {
  file?: string;
  env?: NodeJS.ProcessEnv;
  keystore?: Record<string, unknown>;
}

function folder(): string {
  return temporaryFolder();
}

async function load({ file, env = {}, keystore }: Given, cwd = folder()): Promise<LoadedSettings> {
  if (file !== undefined) writeFileSync(join(cwd, 'patchbay.yml'), file);
  return loadSettings({ env, cwd, keystore });
}

describe('where settings come from', () => {
  test('nothing at all gives the defaults, without a word', async () => {
    const cwd = folder();
    const { settings, warnings, infos, sources } = await load({}, cwd);
    expect(settings.path.data).toBe(join(cwd, 'data'));
    expect([warnings, infos, [...sources]]).toEqual([[], [], []]);
  });

  test('environment wins over file, keystore over both', async () => {
    const file = 'server: {name: file, port: 1, basePath: /file}\n';
    const env = { SERVER_NAME: 'environment', SERVER_PORT: '2' };
    const { settings, sources } = await load({ file, env, keystore: { 'server.name': 'keystore' } });
    expect(settings.server).toMatchObject({ name: 'keystore', port: 2, basePath: '/file' });
    expect(sources.get('server.name')).toEqual({ kind: 'keystore' });
    expect(sources.get('server.port')).toEqual({ kind: 'environment', name: 'SERVER_PORT' });
    expect(sources.get('server.basePath')).toEqual({ kind: 'file', name: 'patchbay.yml' });
  });

  test('lists and maps of the environment are JSON, whose keys are not split, and replace those of the file', async () => {
    const connector = { name: 'x', actionTypeId: '.webhook', config: { 'custom.ssl.caFile': 1 } };
    const env = {
      XPACK_ACTIONS_ALLOWEDHOSTS: '["a.example.com"]',
      XPACK_ACTIONS_PRECONFIGURED: JSON.stringify({ 'my.id': connector }),
    };
    const file = 'xpack.actions:\n  allowedHosts: [b]\n  preconfigured: {other: {name: y, actionTypeId: .slack}}\n';
    const { actions } = (await load({ file, env })).settings.xpack;
    expect(actions.allowedHosts).toEqual(['a.example.com']);
    expect(actions.preconfigured).toEqual({ 'my.id': { ...connector, secrets: {}, exposeConfig: false } });
  });

  test('an empty variable counts as not given', async () => {
    expect((await load({ file: 'server.port: 1', env: { SERVER_PORT: '' } })).settings.server.port).toBe(1);
  });

  test('variables of the environment are not searched for references, those of the file are', async () => {
    const { settings } = await load({ file: 'server.basePath: /${X}', env: { SERVER_NAME: '${X}', X: 'y' } });
    expect(settings.server).toMatchObject({ name: '${X}', basePath: '/y' });
  });

  test('values of the keystore are not searched for references, and its names have no bracket escape', async () => {
    const { settings } = await load({ keystore: { 'patchbay.admin.password': '${X}' } });
    expect(settings.patchbay.admin.password).toBe('${X}');
    await expect(load({ keystore: { 'xpack.actions.preconfigured.[my.id].name': 'x' } })).rejects.toThrow(
      'xpack.actions.preconfigured.[my',
    );
  });

  test('a secret of the keystore is merged into a connector of the file, and into one of JSON text', async () => {
    const file = 'xpack.actions.preconfigured:\n  mail: {name: Mail, actionTypeId: .email, secrets: {user: u}}\n';
    const json = '{"mail": {"name": "Mail", "actionTypeId": ".email", "secrets": {"user": "u"}}}';
    const keystore = { 'xpack.actions.preconfigured.mail.secrets.password': 'p' };
    for (const given of [{ file }, { env: { XPACK_ACTIONS_PRECONFIGURED: json } }]) {
      const { settings } = await load({ ...given, keystore });
      expect(settings.xpack.actions.preconfigured.mail?.secrets).toEqual({ user: 'u', password: 'p' });
    }
  });

  test('text with a reference is coerced like any other', async () => {
    const env = { PORT: '8080', HOSTS: '["a.example.com"]' };
    const { settings } = await load({
      file: 'server.port: ${PORT}\nxpack.actions.allowedHosts: ${HOSTS}\nserver.rewriteBasePath: ${NO:false}\n',
      env,
    });
    expect(settings.server).toMatchObject({ port: 8080, rewriteBasePath: false });
    expect(settings.xpack.actions.allowedHosts).toEqual(['a.example.com']);
  });

  test('relative paths are made absolute', async () => {
    const cwd = folder();
    const file = `
path.data: store
server.ssl: {certificate: server.crt, key: /etc/server.key}
elasticsearch.ssl.certificateAuthorities: ca.pem
xpack.actions.customHostSettings: [{url: "https://x", ssl.certificateAuthoritiesFiles: [a.pem]}]
`;
    const { settings } = await load({ file }, cwd);
    expect(settings.path.data).toBe(join(cwd, 'store'));
    expect(settings.server.ssl).toMatchObject({ certificate: join(cwd, 'server.crt'), key: '/etc/server.key' });
    expect(settings.elasticsearch.ssl.certificateAuthorities).toEqual([join(cwd, 'ca.pem')]);
    expect(settings.xpack.actions.customHostSettings?.[0]?.ssl?.certificateAuthoritiesFiles).toEqual([
      join(cwd, 'a.pem'),
    ]);
  });
});

describe('errors say where the value comes from', () => {
  test.each<[Given, string]>([
    [{ file: 'server.port: 70000' }, 'It is set in patchbay.yml.'],
    [{ env: { SERVER_PORT: '70000' } }, 'It is set by the environment variable SERVER_PORT.'],
    [{ keystore: { 'server.port': 70_000 } }, 'It is set in the keystore.'],
    [
      { env: { XPACK_ACTIONS_ALLOWEDHOSTS: '["a b"]' } },
      'It is set by the environment variable XPACK_ACTIONS_ALLOWEDHOSTS.',
    ],
  ])('%j', async (given, text) => {
    await expect(load(given)).rejects.toThrow(text);
  });

  test('a number from the keystore where text is wanted says how to store text', async () => {
    await expect(load({ keystore: { 'patchbay.admin.password': 123 } })).rejects.toThrow(
      '[patchbay.admin.password]: expected value of type [string] but got [number]. Put the value in double quotes, so that it stays text. It is set in the keystore.',
    );
  });

  test('text that is meant to be JSON but is not', async () => {
    await expect(load({ env: { XPACK_ACTIONS_ALLOWEDHOSTS: 'a.example.com' } })).rejects.toThrow(
      '[xpack.actions.allowedHosts]: expected value of type [array] but got [string]. Write a list, e.g. ["api.example.com"] or ["*"].',
    );
  });

  test.each(['{"__proto__": {"x": 1}}', '{"a": {"name": "x", "actionTypeId": "y", "config": {"constructor": 1}}}'])(
    'JSON text cannot reach a prototype: %s',
    async (json) => {
      await expect(load({ env: { XPACK_ACTIONS_PRECONFIGURED: json } })).rejects.toMatchObject({
        code: 'setting_invalid',
      });
    },
  );

  test.each([
    '__proto__.polluted',
    'server.constructor.prototype.polluted',
    'xpack.actions.preconfigured.__proto__.name',
  ])('nor can a name of the keystore: %s', async (name) => {
    await expect(load({ keystore: { [name]: 1 } })).rejects.toMatchObject({ code: 'setting_invalid' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('nor can a value of the keystore', async () => {
    const value: unknown = JSON.parse('{"url": {"__proto__": {"polluted": 1}}}');
    await expect(load({ keystore: { 'xpack.actions.preconfigured.a.config': value } })).rejects.toThrow(
      '[xpack.actions.preconfigured.a.config.url.__proto__]',
    );
  });

  test('a circle of aliases in the file', async () => {
    await expect(load({ file: 'a: &a {b: *a}' })).rejects.toMatchObject({ code: 'setting_invalid' });
  });

  test('a missing variable', async () => {
    await expect(load({ file: 'patchbay.admin.password: ${NOT_SET}' })).rejects.toThrow(
      'Unknown environment variable referenced in config : NOT_SET. Set it, or write a default into [patchbay.admin.password]',
    );
  });
});

describe('a kibana.yml', () => {
  const kibana = `
server.port: 5601
server.compression.enabled: true
elasticsearch:
  hosts: ["https://es:9200"]
  requestTimeout: 30000
  serviceAccountToken: AAEAAWVsYXN0aWM
xpack.fleet.agents.enabled: \${FLEET}
xpack.security.authc.providers:
  basic.basic1: {order: 0}
telemetry.optIn: false
xpack.actions.allowedHosts: ["*"]
`;

  test('is taken as it is; what belongs to others is named in one line', async () => {
    const { settings, warnings, infos } = await load({ file: kibana });
    expect(settings.elasticsearch.hosts).toEqual(['https://es:9200']);
    expect(warnings).toEqual([]);
    expect(infos).toEqual([
      'Ignored 6 settings that belong to other parts of Kibana: server.compression.enabled, elasticsearch.requestTimeout, elasticsearch.serviceAccountToken, xpack.fleet.agents.enabled, xpack.security.authc.providers.basic.basic1.order, telemetry.optIn.',
    ]);
  });

  test('hundreds of them are still one short line', async () => {
    const { infos } = await load({ file: Array.from({ length: 300 }, (_, n) => `xpack.other.n${n}: 1`).join('\n') });
    expect(infos).toHaveLength(1);
    expect(infos[0]).toMatch(/^Ignored 300 settings .* and 290 more\.$/);
  });

  test('what looks like a mistyped name of ours is a warning, and comes first', async () => {
    const { warnings, infos } = await load({
      file: 'telemetry.optIn: false\nserver.prt: 1\npatchbey.admin.password: x\n',
    });
    expect(infos).toEqual([]);
    expect(warnings).toEqual([
      'Ignored 3 settings that belong to other parts of Kibana: server.prt (did you mean server.port?), patchbey.admin.password (did you mean patchbay.admin.password?), telemetry.optIn.',
    ]);
  });

  test('foreign settings of its keystore are ignored as well', async () => {
    const { infos } = await load({ keystore: { 'elasticsearch.serviceAccountToken': 'x' } });
    expect(infos).toEqual([
      'Ignored 1 setting that belongs to other parts of Kibana: elasticsearch.serviceAccountToken.',
    ]);
  });

  test.each(['xpack.actions.nothing', 'xpack.encryptedSavedObjects.nothing', 'patchbay.nothing'])(
    'but %s is an error, in the keystore too',
    async (name) => {
      await expect(load({ file: `${name}: 1` })).rejects.toThrow(`[${name}]: definition for this key is missing.`);
      await expect(load({ keystore: { [name]: 1 } })).rejects.toThrow(`[${name}]: definition for this key is missing.`);
    },
  );
});

describe('warnings', () => {
  test('the old name of allowedHosts carries its value over', async () => {
    const { settings, warnings } = await load({ file: 'xpack.actions.whitelistedHosts: [a.com]' });
    expect(settings.xpack.actions.allowedHosts).toEqual(['a.com']);
    expect(warnings).toEqual([
      'The setting xpack.actions.whitelistedHosts is deprecated. Its value is used; rename it to xpack.actions.allowedHosts, or remove it.',
    ]);
  });

  test('beside the new name it counts for nothing', async () => {
    const { settings, warnings } = await load({
      file: 'xpack.actions: {whitelistedHosts: [a.com], allowedHosts: [b.com]}',
    });
    expect(settings.xpack.actions.allowedHosts).toEqual(['b.com']);
    expect(warnings[0]).toContain('Its value is ignored, because the new name is set too');
  });

  test('the old TLS flags are dropped, not translated', async () => {
    const file = 'xpack.actions: {rejectUnauthorized: false, proxyRejectUnauthorizedCertificates: false}';
    const { settings, warnings } = await load({ file });
    expect(settings.xpack.actions.ssl).toEqual({});
    expect(warnings).toEqual([
      'The setting xpack.actions.rejectUnauthorized is deprecated and its value is ignored. Set xpack.actions.ssl.verificationMode instead: "full" does what true did, "none" what false did.',
      'The setting xpack.actions.proxyRejectUnauthorizedCertificates is deprecated and its value is ignored. Set xpack.actions.ssl.proxyVerificationMode instead: "full" does what true did, "none" what false did.',
    ]);
  });

  test('the old TLS flag of a custom host is refused with the remedy', async () => {
    const file = 'xpack.actions.customHostSettings: [{url: "https://x", ssl.rejectUnauthorized: true}]';
    await expect(load({ file })).rejects.toThrow('Replace it by ssl.verificationMode: "full" does what true did');
  });

  test('a setting given twice in one file', async () => {
    const { settings, warnings } = await load({ file: 'server.port: 1\nserver: {port: 2}\n' });
    expect(settings.server.port).toBe(2);
    expect(warnings).toEqual([
      'The setting server.port is given more than once in patchbay.yml. The last one is used; remove the others.',
    ]);
  });

  test('a mistyped variable of the environment', async () => {
    const env = { XPACK_ACTIONS_ALOWEDHOSTS: '[]', PATCHBAY_CONFIG: '', PATCHBAY_SOMETHING_ELSE: '1', HOME: '/root' };
    expect((await load({ env })).warnings).toEqual([
      'The environment variable XPACK_ACTIONS_ALOWEDHOSTS is not a setting and was ignored. Did you mean XPACK_ACTIONS_ALLOWEDHOSTS?',
    ]);
  });

  test('the reserved id of the alert history connector is left out', async () => {
    const file = 'xpack.actions.preconfigured: {preconfigured-alert-history-es-index: {name: x, actionTypeId: .index}}';
    const { settings, warnings } = await load({ file });
    expect(settings.xpack.actions.preconfigured).toEqual({});
    expect(warnings).toEqual([
      'Preconfigured connectors cannot have the id "preconfigured-alert-history-es-index" because this is a reserved id.',
    ]);
  });

  test('the body length of emails is cut to the maximum', async () => {
    const { settings, warnings } = await load({ file: 'xpack.actions.email.maximum_body_length: 25000001' });
    expect(settings.xpack.actions.email?.maximum_body_length).toBe(25_000_000);
    expect(warnings).toEqual([
      'The configuration xpack.actions.email.maximum_body_length value 25000001 is larger than the maximum setting of 25000000 and the maximum value will be used instead',
    ]);
  });

  test('a body length of 0', async () => {
    expect((await load({ file: 'xpack.actions.email.maximum_body_length: 0' })).warnings).toEqual([
      'The configuration xpack.actions.email.maximum_body_length is set to 0 and will result in sending empty emails',
    ]);
    expect((await load({ file: 'xpack.actions.email.maximum_body_length: 25000000' })).warnings).toEqual([]);
  });
});

describe('notices', () => {
  test('settings without effect are named', async () => {
    const { infos } = await load({
      file: 'xpack.task_manager.capacity: 20\nserver.port: 1',
      env: { XPACK_ACTIONS_RELAY_URL: 'https://r' },
    });
    expect(infos).toEqual([
      'These settings are accepted but have no effect: xpack.task_manager.capacity, xpack.actions.relay.url.',
    ]);
  });

  test('encryption keys are named by their digest, so that nodes can be compared', async () => {
    const keys = ['k'.repeat(32), 'o'.repeat(32)] as const;
    const { infos } = await load({
      keystore: {
        'xpack.encryptedSavedObjects.encryptionKey': keys[0],
        'xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys': [keys[1]],
      },
    });
    const digest = (key: string) => createHash('sha3-256').update(key).digest('base64');
    expect(infos).toEqual([
      `Digest of xpack.encryptedSavedObjects.encryptionKey: ${digest(keys[0])}`,
      `Digest of xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys: ${digest(keys[1])}`,
    ]);
  });
});

describe('the keystore file', () => {
  const values = { 'patchbay.admin.password': 'from the keystore' };

  test('is read from path.data, wherever that is set', async () => {
    const cwd = folder();
    await writeKeystore(join(cwd, 'store', 'patchbay.keystore'), values, '');
    for (const given of [{ file: 'path.data: ${PLACE:store}' }, { file: '', env: { PATH_DATA: 'store' } }]) {
      expect((await load(given, cwd)).settings.patchbay.admin.password).toBe('from the keystore');
    }
  });

  test('kibana.keystore beside the settings file is read when there is no other', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, 'config', 'kibana.yml'), 'server.port: 1');
    await writeKeystore(join(cwd, 'config', 'kibana.keystore'), { 'patchbay.admin.password': 'kibana' }, '');
    const password = async () =>
      (await loadSettings({ argvConfig: 'config/kibana.yml', env: {}, cwd })).settings.patchbay.admin.password;
    expect(await password()).toBe('kibana');
    await writeKeystore(join(cwd, 'data', 'patchbay.keystore'), values, '');
    expect(await password()).toBe('from the keystore');
  });

  test('its password comes from a file, the environment, or a person', async () => {
    const cwd = folder();
    await writeKeystore(join(cwd, 'data', 'patchbay.keystore'), values, 's3cret');
    writeFileSync(join(cwd, 'pass'), 's3cret\n');
    const read = async (env: NodeJS.ProcessEnv, askPassword?: () => Promise<string>) =>
      (await loadSettings({ env, cwd, askPassword })).settings.patchbay.admin.password;
    expect(await read({ KBN_KEYSTORE_PASSPHRASE_FILE: join(cwd, 'pass'), KEYSTORE_PASSWORD: 'wrong' })).toBe(
      'from the keystore',
    );
    expect(await read({ KEYSTORE_PASSWORD: 's3cret' })).toBe('from the keystore');
    expect(await read({}, async () => 's3cret')).toBe('from the keystore');
    await expect(read({})).rejects.toMatchObject({
      code: 'keystore_invalid',
      message: expect.stringContaining('KEYSTORE_PASSWORD'),
    });
    await expect(read({ KEYSTORE_PASSWORD: 'wrong' })).rejects.toThrow('The password of the keystore is wrong');
    await expect(read({ KBN_KEYSTORE_PASSPHRASE_FILE: join(cwd, 'none') })).rejects.toThrow(
      'KBN_KEYSTORE_PASSPHRASE_FILE cannot be read (ENOENT)',
    );
  });

  test.skipIf(process.platform === 'win32')('that others may read is a warning', async () => {
    const cwd = folder();
    const path = join(cwd, 'data', 'patchbay.keystore');
    await writeKeystore(path, values, '');
    chmodSync(path, 0o644);
    expect((await load({}, cwd)).warnings).toEqual([
      expect.stringContaining('can be read by other users of this machine (mode 644)'),
    ]);
  });

  test('can be located although the settings are wrong', () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'patchbay.yml'), 'server.port: ${NOT_SET}\npath.data: here\nxpack.actions.x: 1\n');
    expect(locateKeystore({ env: {}, cwd })).toEqual({
      path: join(cwd, 'here', 'patchbay.keystore'),
      newPath: join(cwd, 'here', 'patchbay.keystore'),
      exists: false,
    });
  });
});
