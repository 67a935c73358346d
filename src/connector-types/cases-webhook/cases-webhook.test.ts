import { describe, expect, test } from 'vitest';
import { validateConfig, validateConnector, validateParams, validateSecrets } from '../../connectors/validate.ts';
import { PatchbayError } from '../../errors.ts';
import { checkContext, testSettings } from '../shared/testing.ts';
import casesWebhook from './index.ts';

const URLS = {
  createIncidentUrl: 'https://allowed.example/issues',
  getIncidentUrl: 'https://allowed.example/issues/{{{external.system.id}}}',
  viewIncidentUrl: 'https://allowed.example/browse/{{{external.system.title}}}',
  updateIncidentUrl: 'https://allowed.example/issues/{{{external.system.id}}}',
};
const CONFIG = {
  ...URLS,
  createIncidentJson: '{"title":{{{case.title}}}}',
  createIncidentResponseKey: 'id',
  getIncidentResponseExternalTitleKey: 'key',
  updateIncidentJson: '{}',
};

function problemOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof PatchbayError) return error.message;
    throw error;
  }
}

const context = checkContext(['allowed.example']);
const configProblem = (changes: Record<string, unknown>) =>
  problemOf(() => validateConfig(casesWebhook, { ...CONFIG, ...changes }, context));
const CONFIG_PREFIX = 'error validating connector type config: ';

describe('.cases-webhook config', () => {
  test('what is filled in, and what stays absent', () => {
    expect(validateConfig(casesWebhook, CONFIG, context)).toEqual({
      ...CONFIG,
      createIncidentMethod: 'post',
      getIncidentMethod: 'get',
      getIncidentJson: null,
      updateIncidentMethod: 'put',
      createCommentUrl: null,
      createCommentJson: null,
      createCommentMethod: 'put',
      headers: null,
      hasAuth: true,
    });
    expect(validateConfig(casesWebhook, { ...CONFIG, createCommentMethod: null }, context)).toHaveProperty(
      'createCommentMethod',
      null,
    );
  });

  test('nothing given: the first five of eight fields', () => {
    expect(problemOf(() => validateConfig(casesWebhook, {}, context))).toBe(
      `${CONFIG_PREFIX}8 errors:\n [1]: Field "createIncidentUrl": Required;\n [2]: Field "createIncidentJson": Required;\n [3]: Field "createIncidentResponseKey": Required;\n [4]: Field "getIncidentUrl": Required;\n [5]: Field "getIncidentResponseExternalTitleKey": Required;\n [6]: and 3 more`,
    );
  });

  test.each([
    ['createIncidentMethod', "'post' | 'put' | 'patch'"],
    ['getIncidentMethod', "'get' | 'post'"],
    ['updateIncidentMethod', "'post' | 'patch' | 'put'"],
  ])('%s', (name, expected) => {
    expect(configProblem({ [name]: 'x' })).toBe(
      `${CONFIG_PREFIX}Field "${name}": Invalid enum value. Expected ${expected}, received 'x'`,
    );
  });

  test('fields that no request needs are accepted, unknown ones are not', () => {
    const unused = { accessTokenUrl: 'x', clientId: 'x', scope: 'x', additionalFields: null };
    expect(configProblem(unused)).toBeUndefined();
    expect(configProblem({ url: 'x' })).toBe(`${CONFIG_PREFIX}Unrecognized key(s) in object: 'url'`);
  });

  test('OAuth 2.0', () => {
    expect(configProblem({ authType: 'webhook-oauth2-client-credentials' })).toBe(
      `${CONFIG_PREFIX}OAuth2 authentication is not supported for cases webhook connector`,
    );
  });

  test.each([...Object.keys(URLS), 'createCommentUrl'])('%s must parse, and its host be allowed', (name) => {
    const text = `${CONFIG_PREFIX}error configuring cases webhook action: `;
    expect(configProblem({ [name]: 'tickets/{{{external.system.id}}}' })).toBe(
      `${text}unable to parse tickets/{{{external.system.id}}}: TypeError: Invalid URL`,
    );
    expect(configProblem({ [name]: 'https://other.example/{{{external.system.id}}}' })).toBe(
      `${text}target url "https://other.example/{{{external.system.id}}}" is not added to the Kibana config xpack.actions.allowedHosts`,
    );
    expect(configProblem({ [name]: 'https://{{{external.system.id}}}/x' })).toContain('is not added to');
  });

  test('the URL for creating is the first to be looked at', () => {
    expect(configProblem({ createIncidentUrl: 'one', updateIncidentUrl: 'two' })).toContain('unable to parse one');
  });

  test('what only shows when it runs is saved', () => {
    expect(configProblem({ createIncidentUrl: 'httpshttp://allowed.example/x' })).toBeUndefined();
    expect(configProblem({ updateIncidentUrl: 'https://allowed.example/{{{x' })).toBeUndefined();
    expect(configProblem({ createIncidentJson: 'no JSON' })).toBeUndefined();
  });
});

describe('.cases-webhook secrets', () => {
  const secretsProblem = (secrets: Record<string, unknown>) =>
    problemOf(() => validateSecrets(casesWebhook, secrets, context));
  const together = (config: Record<string, unknown>, secrets: Record<string, unknown>) =>
    problemOf(() =>
      validateConnector(casesWebhook, {
        config: validateConfig(casesWebhook, { ...CONFIG, ...config }, context),
        secrets: validateSecrets(casesWebhook, secrets, context),
        settings: testSettings(),
      }),
    );

  test.each<[Record<string, unknown>, boolean]>([
    [{}, true],
    [{ user: 'u', password: 'p' }, true],
    [{ crt: 'c', key: 'k' }, true],
    [{ crt: 'c', key: 'k', password: 'p' }, true],
    [{ pfx: 'x' }, true],
    [{ pfx: 'x', password: 'p' }, true],
    [{ clientSecret: 's' }, true],
    [{ secretHeaders: { a: 'b' } }, true],
    [{ user: 'u' }, false],
    [{ password: 'p' }, false],
    [{ crt: 'c' }, false],
    [{ user: 'u', password: 'p', pfx: 'x' }, false],
  ])('%j', (secrets, isFine) => {
    expect(secretsProblem(secrets)).toBe(
      isFine
        ? undefined
        : 'error validating connector type secrets: must specify one of the following schemas: user and password; crt and key (with optional password); pfx (with optional password); or clientSecret (for OAuth2)',
    );
  });

  test('authentication without any', () => {
    const text = 'error validating action type connector: must specify a secrets configuration';
    expect(together({}, {})).toBe(text);
    expect(together({}, { user: null })).toBe(text);
    expect(together({ hasAuth: false }, {})).toBeUndefined();
    expect(together({}, { user: 'u', password: 'p' })).toBeUndefined();
    expect(together({}, { secretHeaders: { a: 'b' } })).toBeUndefined();
  });
});

describe('.cases-webhook params', () => {
  const incident = { title: 'T' };
  const check = (params: unknown) => problemOf(() => validateParams(casesWebhook, params, context));
  const push = (subActionParams: unknown) => check({ subAction: 'pushToService', subActionParams });
  const PREFIX = 'error validating action params: ';

  test('what is filled in', () => {
    const given = { subAction: 'pushToService', subActionParams: { incident } };
    expect(validateParams(casesWebhook, given, context)).toEqual({
      subAction: 'pushToService',
      subActionParams: {
        incident: {
          title: 'T',
          description: null,
          id: null,
          severity: null,
          status: null,
          externalId: null,
          tags: null,
        },
        comments: null,
      },
    });
  });

  test('the sub-action is looked at before the run', () => {
    const text = `${PREFIX}Field "subAction": Invalid discriminator value. Expected 'pushToService'`;
    expect(check({})).toBe(text);
    expect(check({ subAction: 'getFields', subActionParams: {} })).toBe(text);
    expect(check({ subAction: 'pushToService' })).toBe(`${PREFIX}Field "subActionParams": Required`);
  });

  test.each<[unknown, string]>([
    [{ incident: {} }, 'Field "subActionParams.incident.title": Required'],
    [{ incident, comments: [{ comment: 'c' }] }, 'Field "subActionParams.comments.0.commentId": Required'],
    [{ incident, comments: [{ commentId: '1' }] }, 'Field "subActionParams.comments.0.comment": Required'],
    [{ incident, other: 1 }, 'Field "subActionParams": Unrecognized key(s) in object: \'other\''],
    [
      { incident: { ...incident, other: 1 } },
      'Field "subActionParams.incident": Unrecognized key(s) in object: \'other\'',
    ],
  ])('%j', (params, text) => {
    expect(push(params)).toBe(PREFIX + text);
  });
});
