import { expect } from 'vitest';
import type { Sample } from '../../src/connectors/define.ts';
import { MASK } from '../../src/egress/redact.ts';
import { type Check, expectFailure } from './check.ts';
import { answering, type Seen } from './http-target.ts';
import type { Subject } from './subjects.ts';
import { attempt, type World } from './world.ts';

/** Written anew by the client for each connection; a preview has none. */
const FRAMING = ['host', 'connection', 'content-length'];
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

function expected(subject: Subject): NonNullable<Sample['expect']> {
  const { line, type } = subject;
  const found = line.expect ?? type.sample.expect;
  expect(found, 'a type that sends something says in its sample what arrives').toBeDefined();
  return found!;
}

/** JSON is compared as such, other texts as they are. */
function decoded(body: string, like: unknown): unknown {
  return typeof like === 'string' ? body : JSON.parse(body);
}

/** Letter by letter, except where secrets are masked in what is shown. */
function expectShown(shown: string, sent: string): void {
  const parts = shown.split(MASK).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  expect(sent).toMatch(new RegExp(`^${parts.join('[\\s\\S]+')}$`));
}

/** What a run makes anew, its id and the second it is sent in, cannot be equal; it is as long as it will be. */
function withoutOwn(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>').replaceAll(/^\d{10}$/g, '<second>');
}

function apiHeaders({ headers }: Seen): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !FRAMING.includes(name))
    .map(([name, value]) => [name, String(value)]);
}

export const sampleChecks: readonly Check[] = [
  {
    name: 'the sample leads to the request that it names, and to a delivery',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = answering(subject.line.ok ?? { body: {} });
      const { verdict } = await attempt(world, subject, { secretsAre: 'sample' });
      const { method, url, headers, body } = expected(subject);
      const [request, ...more] = world.http.seen;
      expect(request).toMatchObject({ method, url, headers: headers ?? {} });
      if (body !== undefined) expect(decoded(request!.body, body)).toEqual(body);
      expect(more).toHaveLength((subject.line.requests ?? 1) - 1);
      expect(verdict).toMatchObject({ outcome: 'delivered' });
    },
  },
  {
    name: 'the sample leads to the mail that it names, and to a delivery',
    kinds: ['smtp'],
    async run(world, subject) {
      const { verdict, requests } = await attempt(world, subject, { secretsAre: 'sample' });
      expect(verdict).toMatchObject({ outcome: 'delivered' });
      expect(requests).toMatchObject([{ method: 'SMTP', status: 250, headers: expected(subject).headers ?? {} }]);
      const [head] = world.smtp.messages[0]!.split('\r\n\r\n');
      for (const [name, value] of Object.entries(expected(subject).headers ?? {})) {
        // Nodemailer leaves out quotes that a name does not need.
        expect(head!.replaceAll('"', '')).toContain(`${name}: ${value.replaceAll('"', '')}`);
      }
      expect(world.smtp.commands.map((line) => line.split(/[ :]/)[0])).toEqual(
        expect.arrayContaining(['EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA']),
      );
    },
  },
  {
    name: 'the sample delivers and sends nothing',
    kinds: ['none'],
    async run(world, subject) {
      const { verdict, requests, preview } = await attempt(world, subject);
      expect(verdict).toMatchObject({ outcome: 'delivered' });
      expect({ requests, preview }).toEqual({ requests: [], preview: [] });
      expect([...world.http.seen, ...world.smtp.commands]).toEqual([]);
    },
  },
  {
    name: 'the preview shows what is then sent, with secrets masked',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = answering(subject.line.ok ?? { body: {} });
      const { preview } = await attempt(world, subject);
      expect(preview).toHaveLength(1);
      const [shown] = preview as Exclude<typeof preview, string>;
      const [sent] = world.http.seen;
      expect(shown!.method).toBe(sent!.method);
      expectShown(shown!.url, world.http.origin + sent!.url);
      expectShown(withoutOwn(shown!.body ?? ''), withoutOwn(sent!.body));
      const sentHeaders = Object.fromEntries(apiHeaders(sent!));
      const shownHeaders = Object.entries(shown!.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
      expect(shownHeaders.map(([name]) => name).sort()).toEqual(Object.keys(sentHeaders).sort());
      for (const [name, value] of shownHeaders) expectShown(withoutOwn(value), withoutOwn(sentHeaders[name]!));
    },
  },
  {
    name: 'the preview shows the mail and sends nothing',
    kinds: ['smtp'],
    async run(world, subject) {
      world.smtp.script = { greeting: '421 not now' };
      const { preview } = await attempt(world, subject);
      expect(preview).toMatchObject([{ method: 'SMTP', headers: expected(subject).headers ?? {} }]);
      // The run that follows connects once.
      expect(world.smtp.connections).toBe(1);
    },
  },
  {
    name: 'its test leaves no trace at the vendor',
    kinds: ['http', 'smtp'],
    applies: ({ type }) => type.test !== undefined,
    async run(world, subject) {
      const leavesTrace = subject.line.leavesTrace ?? (({ method }) => !SAFE_METHODS.includes(method));
      for (const status of [200, 400, 401, 503]) {
        world.http.script = answering({ status, body: 'no_text' });
        const { verdict } = await attempt(world, subject, { asTest: true });
        if (status === 503 && world.http.seen.length > 0) expect(verdict.outcome).toBe('failed');
      }
      expect(talked(world)).toBe(true);
      expect(world.http.seen.filter(leavesTrace)).toEqual([]);
      expect(world.smtp.commands.filter((line) => /^(MAIL|RCPT|DATA)/i.test(line))).toEqual([]);
    },
  },
  {
    name: 'its test reports wrong credentials',
    kinds: ['http', 'smtp'],
    applies: ({ type, line }) => type.test !== undefined && !line.testIsLenient,
    async run(world, subject) {
      world.http.script = answering({ status: 401, body: { error: 'nobody knows you' } });
      world.smtp.script = { AUTH: '535 5.7.8 nobody knows you' };
      expectFailure(await attempt(world, subject, { asTest: true }), 'target_auth');
    },
  },
];

function talked({ http, smtp }: World): boolean {
  return http.seen.length + smtp.commands.length > 0;
}
