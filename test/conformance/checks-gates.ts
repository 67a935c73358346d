import type { LookupFunction } from 'node:net';
import { expect } from 'vitest';
import { validateConfig, validateConnector, validateSecrets } from '../../src/connectors/validate.ts';
import { createEgress } from '../../src/egress/index.ts';
import { errorText } from '../../src/errors.ts';
import { type Check, expectFailure, textOf } from './check.ts';
import { answering } from './http-target.ts';
import { place } from './place.ts';
import type { Subject } from './subjects.ts';
import { attempt, type World } from './world.ts';

/** Addresses that nobody may reach by default, in spellings that mean the same (RFC 6890, RFC 6052, inet_aton). */
const REFUSED_HOSTS = [
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '169.254.7.7',
  '[fe80::1]',
  '100.100.100.200',
  '[fd00:ec2::254]',
  '0.0.0.0',
  '0',
  '[::]',
  '[::ffff:0.0.0.0]',
  '255.255.255.255',
  '224.0.0.1',
  '[ff02::1]',
];

/** The operator's own cluster needs no permission; everything else does. */
const isGuarded = ({ type }: Subject) => type.reaches === undefined;

function expectUntouched({ http, other, smtp }: World): void {
  const arrived = [http.seen, http.tokenRequests, other.seen, smtp.commands].flat();
  expect([...arrived, ...Array(smtp.connections).fill('connection')]).toEqual([]);
}

/** What saving says: config, secrets, then both together, as the store does it. */
function savingProblem(world: World, subject: Subject, allowedHosts: readonly string[]): string | undefined {
  const { host, port } = world.smtp;
  const { type, config, secrets, settings } = place(subject, { origin: world.http.origin, smtp: { host, port } });
  const context = { settings, egress: createEgress({ allowedHosts }) };
  try {
    const parsed = { config: validateConfig(type, config, context), secrets: validateSecrets(type, secrets, context) };
    validateConnector(type, { ...parsed, settings });
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** A name server with prepared answers; the last one is given for ever. */
function nameServer(...answers: readonly string[][]): LookupFunction & { asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(host);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(lookup, { asked });
}

export const gateChecks: readonly Check[] = [
  {
    name: 'an empty allow-list when saving',
    kinds: ['http', 'smtp', 'none'],
    async run(world, subject) {
      expect(savingProblem(world, subject, ['*'])).toBeUndefined();
      expect(savingProblem(world, subject, ['127.0.0.1', 'localhost'])).toBeUndefined();
      const { refusedWhenSaving } = subject.line;
      const problem = savingProblem(world, subject, []);
      if (refusedWhenSaving === undefined) expect(problem).toBeUndefined();
      else expect(problem).toMatch(refusedWhenSaving);
    },
  },
  {
    name: 'an allow-list that was emptied after saving',
    kinds: ['http', 'smtp'],
    applies: isGuarded,
    async run(world, subject) {
      const outcome = await attempt(world, subject, { egress: { allowedHosts: [] } });
      expect(textOf(expectFailure(outcome))).toMatch(/xpack\.actions\.allowedHosts|the allowedHosts configuration/);
      expectUntouched(world);
    },
  },
  {
    name: 'the way out checks the allow-list itself',
    kinds: ['http', 'smtp'],
    applies: isGuarded,
    async run(world, subject) {
      const options = { egress: { allowedHosts: ['allowed.example'] }, checkedAgainst: { allowedHosts: ['*'] } };
      const failure = expectFailure(await attempt(world, subject, options), 'egress_host_not_allowed', 'token_failed');
      expect(textOf(failure)).toMatch(
        /target (url|hostname) ".+" is not added to the Kibana config xpack\.actions\.allowedHosts/,
      );
      expectUntouched(world);
    },
  },
  {
    name: "the operator's own server needs no entry in the allow-list",
    kinds: ['http'],
    applies: (subject) => !isGuarded(subject),
    async run(world, subject) {
      world.http.script = answering(subject.line.ok ?? { body: {} });
      const { verdict } = await attempt(world, subject, { egress: { allowedHosts: [] } });
      expect(verdict).toMatchObject({ outcome: 'delivered' });
      // Only because the settings name it: the same type is let nowhere else.
      world.forget();
      const elsewhere = { egress: { allowedHosts: [], operatorOrigins: ['http://es.example:9200'] } };
      expectFailure(await attempt(world, subject, elsewhere), 'egress_host_not_allowed');
      expectUntouched(world);
    },
  },
  ...REFUSED_HOSTS.map(
    (host): Check => ({
      name: `refuses the address ${host}`,
      kinds: ['http', 'smtp'],
      applies: isGuarded,
      async run(world, subject) {
        const bare = host.replace(/^\[|\]$/g, '');
        const options = { origin: `http://${host}:${world.http.port}`, smtpHost: bare };
        const failure = expectFailure(await attempt(world, subject, options), 'egress_address_refused', 'token_failed');
        expect(textOf(failure)).toContain('patchbay.egress.allowedAddresses');
        expectUntouched(world);
      },
    }),
  ),
  {
    name: 'a name that leads to a refused address',
    kinds: ['http', 'smtp'],
    applies: isGuarded,
    async run(world, subject) {
      for (const addresses of [['169.254.169.254'], ['127.0.0.1', '169.254.169.254'], ['127.0.0.1', '::ffff:0:0']]) {
        const lookup = nameServer(addresses);
        const options = {
          origin: `http://metadata.example:${world.http.port}`,
          smtpHost: 'metadata.example',
          egress: { lookup },
        };
        const failure = expectFailure(await attempt(world, subject, options), 'egress_address_refused', 'token_failed');
        expect(textOf(failure)).toContain('metadata.example');
        expectUntouched(world);
      }
    },
  },
  {
    name: 'a name that leads elsewhere the second time',
    kinds: ['http', 'smtp'],
    applies: isGuarded,
    async run(world, subject) {
      const at = { origin: `http://rebind.example:${world.http.port}`, smtpHost: 'rebind.example' };
      // Whoever asks twice, once to check and once to dial, is sent to the second address.
      const lookup = nameServer(['127.0.0.1'], ['169.254.169.254']);
      world.http.script = answering({ ...(subject.line.ok ?? { body: {} }), headers: { connection: 'close' } });
      world.http.tokenScript = answering({
        body: { access_token: world.accessToken.value },
        headers: { connection: 'close' },
      });
      const { verdict } = await attempt(world, subject, { ...at, egress: { lookup } });
      const usesToken = world.http.tokenRequests.length > 0;
      // Each connection asks once, and dials what it was told then; the one for the token is the first.
      const isAskedAgain = usesToken || (subject.line.requests ?? 1) > 1;
      expect(lookup.asked).toHaveLength(isAskedAgain ? 2 : 1);
      expect(verdict.outcome).toBe(isAskedAgain ? 'failed' : 'delivered');
      if (usesToken) expect(world.http.seen).toEqual([]);
    },
  },
];
