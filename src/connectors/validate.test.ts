import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EgressError } from '../egress/types.ts';
import { isPatchbayError } from '../errors.ts';
import { action, type CheckContext, defineConnectorType } from './define.ts';
import { f } from './fields.ts';
import { INPUT_LIMITS } from './input-limits.ts';
import { parseSubAction, validateConfig, validateConnector, validateParams, validateSecrets } from './validate.ts';
import { VerdictError } from './verdict.ts';

const common = {
  name: 'Paper Mail',
  description: 'Prints and posts a letter.',
  category: 'messaging',
  features: ['alerting'],
  minimumLicense: 'basic',
  sample: { config: {}, secrets: {}, params: {} },
} as const;

const flat = defineConnectorType({
  ...common,
  id: '.paper',
  config: z.strictObject({
    url: f.url('URL'),
    method: f.select(['post', 'put'], 'Method').default('post'),
    headers: f.map('Headers').nullable().default(null),
  }),
  secrets: z.strictObject({ token: f.secret('Token'), mode: f.select(['a', 'b'], 'Mode').optional() }),
  check: {
    config: ({ url }, { egress }) => {
      egress.assertUrlAllowed(url);
      return url.startsWith('https:') ? undefined : 'the url must be https';
    },
    secrets: ({ token }) => (token.length < 3 ? 'the token is too short' : undefined),
    connector: ({ config, secrets }) => (config.url.includes(secrets.token) ? 'the url holds the token' : undefined),
  },
  style: 'flat',
  actions: {
    run: { params: z.strictObject({ message: z.string(), copies: z.number().default(1) }), run: () => ({}) },
  },
});

const subActions = defineConnectorType({
  ...common,
  id: '.paper-office',
  config: z.strictObject({}),
  secrets: z.strictObject({}),
  style: 'subAction',
  actions: {
    run: action(z.strictObject({ storyId: z.coerce.number() }), () => ({})),
    list: action(z.strictObject({}), () => ({})),
  },
});

const settings: CheckContext['settings'] = {
  actions: {
    enableFooterInEmail: true,
    microsoftExchangeUrl: 'https://login.example',
    microsoftGraphApiUrl: 'https://graph.example',
    microsoftGraphApiScope: 'https://graph.example/.default',
    email: { servicesEnabled: ['*'] },
    webhookPfxEnabled: true,
  },
};
const context: CheckContext = {
  settings,
  egress: {
    assertUrlAllowed: (url) => {
      if (url.includes('forbidden'))
        throw new EgressError('egress_host_not_allowed', `target url "${url}" is not added`);
    },
    assertHostAllowed: () => undefined,
  },
};

/** Code and message of the PatchbayError that `call` throws. */
function refusal(call: () => unknown): [code: string, message: string] {
  try {
    call();
  } catch (error) {
    if (isPatchbayError(error)) return [error.code, error.message];
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('config', () => {
  const check = (value: unknown) => validateConfig(flat, value, context);

  test('comes back with its defaults', () => {
    expect(check({ url: 'https://a.example' })).toEqual({ url: 'https://a.example', method: 'post', headers: null });
  });

  test.each<[unknown, string]>([
    [undefined, 'Field "url": Required'],
    [null, 'Expected object, received null'],
    [[], 'Expected object, received array'],
    [{ url: 5 }, 'Field "url": Expected string, received number'],
    [{ url: 'https://x', foo: 1 }, "Unrecognized key(s) in object: 'foo'"],
    [{ url: 'https://x', headers: { 'X-A': 1 } }, 'Field "headers.X-A": Expected string, received number'],
    [{ url: 'http://x' }, 'the url must be https'],
    [{ url: 'https://forbidden' }, 'target url "https://forbidden" is not added'],
  ])('%j is refused', (value, detail) => {
    expect(refusal(() => check(value))).toEqual([
      'config_invalid',
      `error validating connector type config: ${detail}`,
    ]);
  });

  test('a defect of a check is not reported as the user’s mistake', () => {
    const broken = { ...flat, check: { config: () => JSON.parse('{') as string } };
    expect(() => validateConfig(broken, { url: 'https://x' }, context)).toThrow(SyntaxError);
  });
});

describe('secrets', () => {
  test.each<[unknown, string]>([
    [undefined, 'Field "token": Required'],
    [{ token: 'ab' }, 'the token is too short'],
    [{ token: 'abc', mode: 'hunter2' }, "Field \"mode\": Invalid enum value. Expected 'a' | 'b'"],
  ])('%j is refused', (value, detail) => {
    expect(refusal(() => validateSecrets(flat, value, context))).toEqual([
      'secrets_invalid',
      `error validating connector type secrets: ${detail}`,
    ]);
  });

  test('are checked together with the config last', () => {
    const config = validateConfig(flat, { url: 'https://x/hunter2' }, context);
    expect(refusal(() => validateConnector(flat, { config, secrets: { token: 'hunter2' }, settings }))).toEqual([
      'config_invalid',
      'error validating action type connector: the url holds the token',
    ]);
    expect(() => validateConnector(flat, { config, secrets: { token: 'other' }, settings })).not.toThrow();
  });
});

describe('params', () => {
  test('of a flat type', () => {
    const params = validateParams(flat, { message: 'hi' }, context);
    expect(params).toEqual({ message: 'hi', copies: 1 });
    expect(parseSubAction(flat, params, 'c1')).toMatchObject({ name: 'run', action: flat.actions.run, params });
    expect(refusal(() => validateParams(flat, {}, context))).toEqual([
      'params_invalid',
      'error validating action params: Field "message": Required',
    ]);
  });

  test.each<[unknown, string]>([
    [{}, 'Field "subAction": Required'],
    [{ subAction: 'run', subActionParams: [] }, 'Field "subActionParams": Expected object, received array'],
    [{ subAction: 'run', subActionParams: null }, 'Field "subActionParams": Expected object, received null'],
  ])('%j is refused before the run', (params, detail) => {
    expect(refusal(() => validateParams(subActions, params, context))).toEqual([
      'params_invalid',
      `error validating action params: ${detail}`,
    ]);
  });

  const resolve = (params: unknown) => parseSubAction(subActions, validateParams(subActions, params, context), 'c1');
  function verdict(params: unknown) {
    try {
      resolve(params);
    } catch (error) {
      if (error instanceof VerdictError) return error.verdict;
      throw error;
    }
    throw new Error('nothing was thrown');
  }

  test('of a sub-action', () => {
    expect(resolve({ subAction: 'run', subActionParams: { storyId: '7' } })).toMatchObject({
      name: 'run',
      params: { storyId: 7 },
    });
    expect(resolve({ subAction: 'list' })).toMatchObject({ name: 'list', params: {} });
  });

  test('an unknown sub-action is reported before its params, inherited names included', () => {
    for (const name of ['nope', 'constructor', '__proto__', 'toString']) {
      expect(verdict({ subAction: name, subActionParams: { x: 1 } })).toEqual({
        outcome: 'failed',
        code: 'params_invalid',
        message: 'an error occurred while running the action',
        serviceMessage: `Sub action "${name}" is not registered. Connector id: c1. Connector name: Paper Mail. Connector type: .paper-office`,
        retry: true,
        errorSource: 'framework',
      });
    }
  });

  test('of a sub-action, not fitting', () => {
    expect(verdict({ subAction: 'run', subActionParams: { storyId: 'x' } })).toMatchObject({
      serviceMessage: 'Request validation failed (Field "storyId": Expected number, received nan)',
      retry: true,
      errorSource: 'user',
    });
  });
});

describe('params of sub-actions that are checked before the run', () => {
  const older = { ...subActions, subActionsChecked: 'before' } as const;

  test.each([
    [{}, "Field \"subAction\": Invalid discriminator value. Expected 'run' | 'list'"],
    [{ subAction: 'nope' }, "Field \"subAction\": Invalid discriminator value. Expected 'run' | 'list'"],
    [{ subAction: 'constructor' }, "Field \"subAction\": Invalid discriminator value. Expected 'run' | 'list'"],
    [{ subAction: 'list' }, 'Field "subActionParams": Required'],
    [{ subAction: 'list', subActionParams: {}, more: 1 }, "Unrecognized key(s) in object: 'more'"],
    [
      { subAction: 'run', subActionParams: { storyId: 'x' } },
      'Field "subActionParams.storyId": Expected number, received nan',
    ],
  ])('%j is refused like other params', (params, detail) => {
    expect(refusal(() => validateParams(older, params, context))).toEqual([
      'params_invalid',
      `error validating action params: ${detail}`,
    ]);
  });

  test('those that fit reach the sub-action', () => {
    const params = validateParams(older, { subAction: 'run', subActionParams: { storyId: '7' } }, context);
    expect(parseSubAction(older, params, 'c1')).toMatchObject({ name: 'run', params: { storyId: 7 } });
  });
});

describe('hostile input', () => {
  const free = { ...subActions, config: z.record(z.string(), z.unknown()) };

  test('__proto__ is an unknown key wherever it stands, constructor is data', () => {
    const hostile = JSON.parse('{"a":[{"__proto__":{"admin":true}}]}') as unknown;
    expect(refusal(() => validateConfig(free, hostile, context))[1]).toContain(
      'Field "a.0": Unrecognized key(s) in object: \'__proto__\'',
    );
    const odd = JSON.parse('{"constructor":{"prototype":{"admin":true}}}') as unknown;
    expect(validateConfig(free, odd, context)).toEqual(odd);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('depth and width are bounded', () => {
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    expect(validateConfig(free, { a: nested(INPUT_LIMITS.depth - 1) }, context)).toHaveProperty('a');
    expect(refusal(() => validateConfig(free, { a: nested(100_000) }, context))[1]).toContain(
      'nested more than 200 levels',
    );
    const wide = { a: new Array(INPUT_LIMITS.values).fill(0) };
    expect(refusal(() => validateConfig(free, wide, context))[1]).toContain('more than 1000000 values');
  });
});
