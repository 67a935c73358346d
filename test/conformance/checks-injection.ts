import { expect } from 'vitest';
import type { Check } from './check.ts';
import { answering } from './http-target.ts';
import type { Placed } from './place.ts';
import { attempt, type World } from './world.ts';

/** Texts that end a header, a line, a command or a document too early, and texts that confuse who shows them. */
const ODD_TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['a header', 'x\r\nX-Injected: 1'],
  ['a header after a line feed', 'x\nX-Injected: 1'],
  ['a whole request', 'x\r\n\r\nGET /injected HTTP/1.1\r\nHost: x\r\nX-Injected: 1\r\n\r\n'],
  ['a mail command', 'a@example.com>\r\nRCPT TO:<injected@example.com>\r\nX-Injected: 1'],
  ['the end of a mail', 'x\r\n.\r\nRCPT TO:<injected@example.com>\r\n'],
  ['one more recipient', 'a@example.com, b@example.com\r\nBcc: injected@example.com'],
  ['unicode line ends', 'x\u2028X-Injected: 1\u2029X-Injected: 1\u0085X-Injected: 1'],
  ['characters that are cut to line ends', 'x\u010d\u010aX-Injected: 1'],
  ['NUL', 'a\0b'],
  ['emoji', '👩‍🚒🏳️‍🌈 ok'],
  ['right to left', '\u202e\u0627\u0644\u0633\u0644\u0627\u0645\u202c'],
  ['half a surrogate pair', 'a\ud83d'],
  ['dot segments', '../../injected'],
  ['encoded dot segments', '%2e%2e/%2e%2e/injected'],
  ['a query', 'x?injected=1&a=b#c'],
  ['a template', '{{#a}}{{{b}}}{{/a}}'],
  ['quotes', '"\'`\\<script>alert(1)</script>'],
  ['prototype', '__proto__'],
  ['blank', '   '],
  ['100 kB', 'ä'.repeat(50_000)],
];

/** Where a text stands: a path of keys, and whether it is the name of an entry rather than its value. */
interface Spot {
  readonly part: 'config' | 'secrets' | 'params';
  readonly path: readonly (string | number)[];
  readonly isName?: boolean;
}

function spotsIn(part: Spot['part'], value: unknown, path: Spot['path'] = []): Spot[] {
  if (typeof value === 'string') return [{ part, path }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(name) : name];
    // The members of a nested object may be of the user's choosing, such as the names of headers.
    const named: Spot[] = path.length > 0 && !Array.isArray(value) ? [{ part, path: here, isName: true }] : [];
    return [...spotsIn(part, inner, here), ...named];
  });
}

/** The values with the text in the spot. URLs keep their place and are continued, or they would lead nowhere. */
function withText(placed: Placed, { part, path, isName }: Spot, text: string): Partial<Placed> {
  const changed = structuredClone(placed[part]) as Record<string | number, unknown>;
  let holder = changed;
  for (const key of path.slice(0, -1)) holder = holder[key] as typeof holder;
  const key = path.at(-1)!;
  const old = holder[key];
  if (isName) {
    delete holder[key];
    Object.defineProperty(holder, text, { value: old, enumerable: true, configurable: true, writable: true });
  } else {
    const isUrl = typeof old === 'string' && /^https?:/.test(old);
    const isSecret = part === 'secrets';
    holder[key] = isUrl || isSecret ? `${old}${text}` : text;
  }
  return { [part]: changed };
}

/** Whatever the run came to: nothing got out of its place. */
function expectContained({ http, smtp }: World, { part }: Spot, mostRequests: number): void {
  for (const { method, url, headers } of [...http.seen, ...http.tokenRequests]) {
    expect(headers).not.toHaveProperty('x-injected');
    expect(`${method} ${url}`).not.toMatch(/^GET \/injected/);
    // The URL is for whoever saves the connector to choose; whoever runs it has no say in that.
    if (part === 'params') expect(new URL(url, 'http://x').pathname).not.toMatch(/\/injected$/);
  }
  expect(http.seen.length, 'requests of one run').toBeLessThanOrEqual(mostRequests);
  expect(smtp.commands.join('\n')).not.toContain('RCPT TO:<injected@');
  for (const message of smtp.messages) {
    const [head = ''] = message.split('\r\n\r\n');
    expect(head).not.toMatch(/^(X-Injected|Bcc):/im);
  }
}

function injectionCheck([name, text]: (typeof ODD_TEXTS)[number]): Check {
  return {
    name: `odd text in every field: ${name}`,
    kinds: ['http', 'smtp', 'none'],
    async run(world, subject) {
      const { placed } = await attempt(world, subject);
      const spots = [
        ...spotsIn('config', placed.config),
        ...spotsIn('secrets', placed.secrets),
        ...spotsIn('params', placed.params),
      ];
      for (const spot of spots) {
        world.forget();
        world.http.script = answering(subject.line.ok ?? { body: {} });
        await attempt(world, subject, { change: (values) => withText(values, spot, text) });
        expectContained(world, spot, subject.line.requests ?? 1);
      }
    },
  };
}

export const injectionChecks: readonly Check[] = ODD_TEXTS.map(injectionCheck);
