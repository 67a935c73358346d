import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bearer } from '../../src/connectors/auth.ts';
import { f } from '../../src/connectors/fields.ts';
import { problemOfType } from '../../src/connectors/type-shape.ts';
import { delivered, failed } from '../../src/connectors/verdict.ts';
import { EgressError } from '../../src/egress/types.ts';
import { place } from './place.ts';
import { SHARES, sharesOf } from './share.ts';
import { everyType, type Subject, subjectsOf } from './subjects.ts';
import { CHECKS, checksFor, runCheck } from './suite.ts';
import { toy, verdictOf } from './toys.ts';
import { openWorld, type World } from './world.ts';

/** The checks themselves: a type that breaks a rule must not pass, and one that keeps them all must. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const run = (name: string, subject: Subject) => runCheck(name, world, subject);

test.each(checksFor(toy()).map(({ name }) => name))('a type without a fault passes: %s', (name) => run(name, toy()));

test('a type without a line in the table is tested all the same', () => {
  const [subject, ...more] = subjectsOf(toy().type);
  expect([subject?.name, more]).toEqual(['toy', []]);
  const at = { origin: world.http.origin, smtp: { host: '127.0.0.1', port: 9 } };
  expect(place(subject!, at)).toMatchObject({
    config: { url: `${world.http.origin}/api` },
    planted: ['secrets.token'],
  });
  expect(checksFor(subject!).length).toBeGreaterThan(100);
});

test('every type is in one of the files, and there is a file for every share', async () => {
  const types = await everyType();
  const dealt = sharesOf(types).flat();
  expect(dealt.map(({ id }) => id).sort()).toEqual(types.map(({ id }) => id).sort());
  const files = readdirSync(import.meta.dirname).filter((name) => name.startsWith('conformance-'));
  expect(files.sort()).toEqual(Array.from({ length: SHARES }, (_, index) => `conformance-${index + 1}.test.ts`));
  for (const [index, file] of files.entries()) {
    expect(readFileSync(join(import.meta.dirname, file), 'utf8')).toContain(`conformanceShare(${index + 1})`);
  }
});

test('a template that names no param, and one whose mode is none', () => {
  const { type } = toy();
  expect(problemOfType({ ...type, templates: { message: 'json' } })).toBeUndefined();
  expect(problemOfType({ ...type, templates: { 'message.*': 'json' } })).toBe(
    '"templates" names "message.*", which the params do not have.',
  );
  const actions = { run: { ...type.actions.run, templates: { text: 'none' } } };
  expect(problemOfType({ ...type, actions })).toBe(
    '"actions.run.templates" names "text", which the params do not have.',
  );
  const subAction = { ...type, style: 'subAction', templates: { 'subActionParams.message': 'json' } };
  expect(problemOfType(subAction)).toBeUndefined();
  expect(problemOfType({ ...subAction, templates: { message: 'json' } })).toContain('names "message"');
});

test('no two checks have the same name', () => {
  const names = CHECKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

/** Handlers are not given credentials; a type that keeps one aside can still get at it. */
let kept = '';
const keeping: NonNullable<Parameters<typeof toy>[0]>['auth'] = ({ secrets: { token } }) => {
  kept = token;
  return bearer(token);
};
const encoded = (text: string) => Buffer.from(text).toString('base64');

describe('a leak is noticed', () => {
  test('half of a secret in the message', async () => {
    const leaking = toy({ auth: keeping, verdict: () => failed('target_auth', `no access with ${kept.slice(0, 18)}`) });
    await expect(run('answer 401', leaking)).rejects.toThrow('a secret in the answer');
  });

  test('a secret in the data, in an encoding of its own', async () => {
    const leaking = toy({
      auth: keeping,
      verdict: () => delivered({ [encoded(encoded(kept)).slice(8)]: encoded(kept.slice(8)) }),
    });
    await expect(run('answer 200', leaking)).rejects.toThrow('a secret in the answer');
  });

  test('a secret that is not marked as one', async () => {
    const unmarked = z.strictObject({ token: f.text('Token', undefined, { secret: false }) });
    const at = { origin: world.http.origin, smtp: { host: '127.0.0.1', port: 9 } };
    // Nothing is planted then, which is what the test of the marks in `conformance` compares.
    expect(place(toy({ secrets: unmarked }), at).planted).toEqual([]);
  });

  test('a secret in the error that a type throws', async () => {
    const leaking = toy({
      auth: keeping,
      verdict: () => {
        throw new EgressError('egress_connection', kept.slice(4, 20));
      },
    });
    await expect(run('answer 500', leaking)).rejects.toThrow('a secret in the answer');
  });

  test('a credential that is sent along to another origin', async () => {
    const leaking = toy({ auth: keeping, request: (message) => ['', { json: { message, token: kept } }] });
    await expect(run('a redirect to another origin gets no credentials', leaking)).rejects.toThrow(
      'a credential at another origin',
    );
  });
});

describe('a wrong verdict is noticed', () => {
  test('a failure that is taken for a delivery', async () => {
    const careless = toy({ verdict: () => delivered() });
    for (const name of ['answer 500', 'answer 404', 'answer 429', 'a success whose body is an HTML page']) {
      await expect(run(name, careless)).rejects.toThrow();
    }
    await run('answer 200', careless);
  });

  test('no retry, a retry that cannot help, and a date nobody can wait for', async () => {
    const stubborn = toy({
      verdict: ({ status }) =>
        failed(status === 400 ? 'target_rejected' : 'target_unavailable', 'no', { retry: status === 400 }),
    });
    await expect(run('answer 503', stubborn)).rejects.toThrow();
    await expect(run('answer 400', stubborn)).rejects.toThrow();
    const patient = toy({ verdict: () => failed('target_rate_limited', 'no', { retry: new Date('2200-01-01') }) });
    await expect(run('answer 429 with Retry-After: seconds', patient)).rejects.toThrow();
  });

  test('a message that says nothing', async () => {
    await expect(run('answer 400', toy({ verdict: () => failed('target_rejected', '') }))).rejects.toThrow();
  });

  test('an error that hides which trouble it was', async () => {
    const vague = toy({ onError: () => failed('target_rejected', 'something went wrong') });
    for (const name of ['silence', 'an endless body', 'nobody listens', 'refuses the address 169.254.169.254']) {
      await expect(run(name, vague)).rejects.toThrow();
    }
  });

  test('trouble that is taken for a delivery', async () => {
    const cheerful = toy({ onError: () => delivered() });
    for (const name of [
      'silence',
      'a reset within the body',
      'a huge body',
      'the way out checks the allow-list itself',
    ]) {
      await expect(run(name, cheerful)).rejects.toThrow();
    }
  });

  test('a defect', async () => {
    const broken = toy({ verdict: (response) => (response.json() as { deep: { er: string } }).deep.er });
    await expect(run('answer 200', broken)).rejects.toThrow('a defect of the type in the log');
    await expect(run('answers of any JSON', broken)).rejects.toThrow();
  });
});

describe('a wrong request is noticed', () => {
  test('another one than the sample promises', async () => {
    const name = 'the sample leads to the request that it names, and to a delivery';
    await expect(run(name, toy({ expect: { url: '/other' } }))).rejects.toThrow();
    await expect(run(name, toy({ expect: { body: { text: 'Hello' } } }))).rejects.toThrow();
    await expect(run(name, toy({ expect: { headers: { 'x-team': 'ops' } } }))).rejects.toThrow();
  });

  test('another one than the preview shows', async () => {
    let count = 0;
    const fickle = toy({
      request: (message) => {
        count += 1;
        return ['', { json: { message, count } }];
      },
    });
    await expect(run('the preview shows what is then sent, with secrets masked', fickle)).rejects.toThrow();
  });

  test('a path that params can bend', async () => {
    const bending = toy({
      request: (message, { team }) => [`/${encodeURIComponent(team)}?to=${message}`, { json: { message } }],
    });
    await run('odd text in every field: dot segments', bending);
    const whole = toy({
      request: (message) => [message.includes('..') ? `${world.http.origin}/injected` : '', { json: {} }],
    });
    await expect(run('odd text in every field: dot segments', whole)).rejects.toThrow();
  });

  test('more requests than one', async () => {
    const doubling = toy({ verdict: verdictOf });
    const twice: Subject = {
      ...doubling,
      type: {
        ...doubling.type,
        actions: {
          run: {
            ...doubling.type.actions.run!,
            run: async (context) => {
              await context.http.post('', { json: {} });
              return doubling.type.actions.run!.run(context);
            },
          },
        },
      },
    };
    await expect(run('odd text in every field: emoji', twice)).rejects.toThrow('requests of one run');
  });

  test('a test that changes something', async () => {
    const careless = toy({ test: async ({ http }) => verdictOf(await http.post('', { json: { message: 'test' } })) });
    await expect(run('its test leaves no trace at the vendor', careless)).rejects.toThrow();
    const cheerful = toy({ test: async () => delivered() });
    await expect(run('its test reports wrong credentials', cheerful)).rejects.toThrow();
  });
});
