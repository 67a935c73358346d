import { expect } from 'vitest';
import { findCanary } from './canaries.ts';
import { type Check, expectFailure, textOf } from './check.ts';
import { answering, type Script } from './http-target.ts';
import type { Subject } from './subjects.ts';
import { attempt, IMPATIENT, type World } from './world.ts';

/** 301 and 302 turn POST into GET, 307 and 308 repeat the body (RFC 9110, section 15.4). */
const STATUSES = [301, 302, 303, 307, 308];

const follows = ({ line }: Subject) => line.redirects !== 'manual';

/** Redirects everything but the place that it redirects to. */
function redirecting(status: number, location: string, then: Script): Script {
  return (seen, ...raw) => {
    const isThere = seen.url.startsWith('/moved');
    (isThere ? then : answering({ status, headers: { location } }))(seen, ...raw);
  };
}

/** A type that does not follow says that the answer was none; it never goes anywhere. */
function expectStayed(world: World, outcome: Parameters<typeof expectFailure>[0]): void {
  expectFailure(outcome, 'target_rejected', 'target_response_invalid');
  expect(world.http.seen).toHaveLength(1);
  expect(world.other.seen).toEqual([]);
}

export const redirectChecks: readonly Check[] = [
  {
    name: 'a redirect within the host',
    kinds: ['http'],
    async run(world, subject) {
      for (const status of STATUSES) {
        world.forget();
        world.http.script = redirecting(status, '/moved', answering(subject.line.ok ?? { body: {} }));
        const outcome = await attempt(world, subject);
        if (!follows(subject)) {
          expectStayed(world, outcome);
          continue;
        }
        expect(outcome.verdict, `after ${status}`).toMatchObject({ outcome: 'delivered' });
        const [first, second] = world.http.seen;
        const isRepeated = status >= 307 || (status < 303 && first!.method !== 'POST');
        expect(second).toMatchObject({ url: '/moved', body: isRepeated ? first!.body : '' });
        expect(second!.method).toBe(isRepeated ? first!.method : 'GET');
        expect(second!.headers.authorization).toBe(first!.headers.authorization);
      }
    },
  },
  {
    name: 'a redirect to another origin gets no credentials',
    kinds: ['http'],
    async run(world, subject) {
      const { canaries } = (await attempt(world, subject)).placed;
      for (const status of STATUSES) {
        world.forget();
        world.http.script = redirecting(status, `${world.other.origin}/moved`, answering({}));
        world.other.script = answering(subject.line.ok ?? { body: {} });
        const outcome = await attempt(world, subject, { change: () => ({}) });
        if (!follows(subject)) {
          expectStayed(world, outcome);
          continue;
        }
        expect(world.other.seen).toHaveLength(subject.line.requests ?? 1);
        const got = JSON.stringify(world.other.seen);
        const secrets = [...canaries, ...outcome.placed.canaries, world.accessToken];
        expect(findCanary(got, secrets), 'a credential at another origin').toBeUndefined();
        expect(world.other.seen[0]!.headers).not.toHaveProperty('authorization');
      }
    },
  },
  {
    name: 'a redirect to a host that is not allowed',
    kinds: ['http'],
    async run(world, subject) {
      const location = `http://localhost:${world.other.port}/moved`;
      world.http.script = answering({ status: 307, headers: { location } });
      const outcome = await attempt(world, subject, { egress: { allowedHosts: ['127.0.0.1'] } });
      expect(world.other.seen).toEqual([]);
      if (!follows(subject)) return expectStayed(world, outcome);
      expect(textOf(expectFailure(outcome, 'egress_host_not_allowed'))).toContain(
        'target hostname "localhost" is not added to the Kibana config xpack.actions.allowedHosts',
      );
    },
  },
  {
    name: 'a redirect to a metadata service',
    kinds: ['http'],
    async run(world, subject) {
      const locations = ['http://169.254.169.254/latest/meta-data/', '//[::ffff:a9fe:a9fe]/', 'http://2852039166/'];
      for (const location of locations) {
        world.forget();
        world.http.script = answering({ status: 302, headers: { location } });
        const outcome = await attempt(world, subject);
        if (follows(subject)) expectFailure(outcome, 'egress_address_refused');
        else expectStayed(world, outcome);
      }
    },
  },
  {
    name: 'a redirect loop',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = (seen, ...raw) => {
        // Repeats what it got, so that the refusal is tempted to repeat it too.
        const location = `/moved?said=${encodeURIComponent(JSON.stringify(seen.headers)).slice(0, 1_000)}`;
        answering({ status: 307, headers: { location } })(seen, ...raw);
      };
      const outcome = await attempt(world, subject);
      if (!follows(subject)) return expectStayed(world, outcome);
      expectFailure(outcome, 'egress_too_many_redirects');
      expect(world.http.seen).toHaveLength(6);
    },
  },
  {
    name: 'a redirect to something that is no web address',
    kinds: ['http'],
    async run(world, subject) {
      for (const location of [
        'file:///etc/passwd',
        'javascript:alert(1)',
        'gopher://127.0.0.1/',
        'http://[',
        'http://a b/',
      ]) {
        world.forget();
        world.http.script = answering({ status: 302, headers: { location } });
        const outcome = await attempt(world, subject);
        if (follows(subject)) expectFailure(outcome, 'egress_url_invalid');
        else expectStayed(world, outcome);
      }
    },
  },
  {
    name: 'a redirect whose body never ends',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = (seen, request, response) => {
        if (seen.url.startsWith('/moved')) return answering(subject.line.ok ?? { body: {} })(seen, request, response);
        response.writeHead(307, { location: '/moved' }).write('x'.repeat(1_000));
      };
      if (follows(subject)) {
        expect((await attempt(world, subject)).verdict).toMatchObject({ outcome: 'delivered' });
      } else expectFailure(await attempt(world, subject, { egress: IMPATIENT }), 'egress_timeout');
    },
  },
];
