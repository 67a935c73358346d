import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingsFrom } from '../src/config/load.ts';
import { until } from './support/wait.ts';

/**
 * Does what the README tells a stranger to do, in its order, with real commands. A comment before a block says what
 * becomes of it: `tested: server` and `tested: simulator` are terminals of their own, `tested: run` is typed into the
 * third, `answer` is what that printed last, `file:` a file that is shown whole. Whoever changes the README changes the test.
 */
const ROOT = dirname(import.meta.dirname);
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The ports that the README names; others may be in use on them, so the test replaces them by free ones. */
const SERVER_PORT = '5601';
const SIMULATOR_PORT = '8080';

/** Not part of a clone, or of the machine that runs the test. */
const NOT_CLONED: ReadonlySet<string> = new Set(['.git', 'data', 'build', 'coverage', 'patchbay.yml', '.env']);

interface Block {
  readonly kind: 'server' | 'simulator' | 'run' | 'answer' | 'file';
  /** Of a file: its path in the repository. */
  readonly name: string;
  readonly code: string;
  readonly line: number;
}

function blocksOf(markdown: string): Block[] {
  const marked = /^<!-- (?:tested: (server|simulator|run)|(answer)|(file): (\S+)) -->\n```\w+\n([\s\S]*?)^```$/gm;
  return [...markdown.matchAll(marked)].map((match) => ({
    kind: (match[1] ?? match[2] ?? match[3]) as Block['kind'],
    name: match[4] ?? '',
    code: match[5] ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
  }));
}

const blocks = blocksOf(README);
const steps = blocks.filter(({ kind }) => kind !== 'file');

/** A command in the foreground of a terminal, with everything that it has printed. */
interface Terminal {
  readonly output: () => string;
  /** Ctrl+C, then waits until every process of the terminal is gone. */
  interrupt(): Promise<void>;
}

let clone: string;
let environment: NodeJS.ProcessEnv;
let ports: Readonly<Record<string, string>>;
let server: Terminal | undefined;
let simulator: Terminal | undefined;
/** What the person has typed into the third terminal so far that lasts. */
const exported: string[] = [];
let lastOutput = '';

beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), 'patchbay-readme-'));
  for (const name of readdirSync(ROOT)) if (!NOT_CLONED.has(name)) symlinkSync(join(ROOT, name), join(clone, name));
  ports = { [SERVER_PORT]: await freePort(), [SIMULATOR_PORT]: await freePort() };
  environment = {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: process.env.HOME,
    SERVER_PORT: ports[SERVER_PORT],
    // `npx patchbay` must mean this folder; with a cache of its own and no registry nothing else can.
    npm_config_cache: join(clone, 'npm-cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
});

afterAll(async () => {
  await Promise.all([server?.interrupt(), simulator?.interrupt()]);
  rmSync(clone, { recursive: true, force: true });
});

/** Free now; the README names ports, so a server that takes any is no help. */
function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(String(typeof address === 'object' ? address?.port : address)));
    });
  });
}

/** With the ports of this run in place of those that people read. */
function onOurPorts(text: string): string {
  return text.replaceAll(/\b(5601|8080)\b/g, (port) => ports[port] ?? port);
}

function openTerminal(code: string): Terminal {
  const child: ChildProcess = spawn('sh', ['-c', onOurPorts(code)], {
    cwd: clone,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as each terminal's foreground is: Ctrl+C reaches all of it.
    detached: true,
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => void chunks.push(String(chunk)));
  const group = -child.pid!;
  return {
    output: () => chunks.join(''),
    async interrupt() {
      if (isAlive(group)) process.kill(group, 'SIGINT');
      await until(() => !isAlive(group), `the end of:\n${code}\n${chunks.join('')}`);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Types a block into the third terminal. Fails like a careful person: at the first command that does. */
function type(code: string): Promise<string> {
  const script = `set -e\n${exported.join('\n')}\n${onOurPorts(code)}`;
  exported.push(...code.split('\n').filter((line) => line.startsWith('export ')));
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', script], { cwd: clone, env: environment }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}\n${server?.output()}`));
    });
  });
}

/** `…` in the README stands for what differs each time: a value, or as a key, further keys. */
function expected(shown: unknown): unknown {
  if (shown === '…') return expect.stringMatching(/./);
  if (Array.isArray(shown)) return shown.map(expected);
  if (typeof shown !== 'object' || shown === null) return shown;
  const { '…': others, ...named } = shown as Record<string, unknown>;
  const fields = Object.fromEntries(Object.entries(named).map(([key, value]) => [key, expected(value)]));
  return others === undefined ? fields : expect.objectContaining(fields);
}

async function follow({ kind, code }: Block): Promise<void> {
  switch (kind) {
    case 'server':
      await server?.interrupt();
      server = openTerminal(code);
      await until(
        () => server!.output().includes(`Patchbay is ready at http://localhost:${ports[SERVER_PORT]}\n`),
        'the ready line of the server',
        60_000,
      );
      break;
    case 'simulator':
      simulator = openTerminal(code);
      await until(() => simulator!.output().includes('Waiting for messages'), 'the simulator');
      break;
    case 'run':
      lastOutput = await type(code);
      break;
    default:
      expect(JSON.parse(lastOutput)).toEqual(expected(JSON.parse(onOurPorts(code))));
  }
}

describe('the README, followed from the top', () => {
  test.each(steps.map((step) => [step.line, step.kind, step] as const))(
    'line %i: %s',
    async (_line, _kind, step) => follow(step),
    90_000,
  );

  test('the simulator showed each message as the README says', () => {
    const shown = simulator?.output() ?? '';
    expect(README).toContain('`webhook  POST /hook 200  Hello from Patchbay`');
    expect(shown).toContain('webhook  POST /hook 200  Hello from Patchbay');
    expect(shown).toContain('webhook  POST /protected 200  Disk of host-1 is full');
  });

  test('the password that the README sets is not made up and printed, and nobody else gets in', async () => {
    expect(server?.output()).not.toContain('The first administrator is');
    const status = await fetch(`http://localhost:${ports[SERVER_PORT]}/api/actions/connectors`);
    expect(status.status).toBe(401);
  });

  test.each(['/login', '/connectors', '/docs/api'])('the page %s that a browser is sent to is there', async (path) => {
    const answer = await fetch(`http://localhost:${ports[SERVER_PORT]}${path}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });
});

describe('what the README shows', () => {
  test.each(blocks.filter(({ kind }) => kind === 'file').map(({ name, code }) => [name, code] as const))(
    '%s is the file itself',
    (name, code) => expect(code).toBe(readFileSync(join(ROOT, name), 'utf8')),
  );

  test('every shell block is one that this test runs, and none was overlooked', () => {
    const shell = README.match(/^```sh$/gm) ?? [];
    expect(steps.filter(({ kind }) => kind !== 'answer')).toHaveLength(shell.length);
    expect(blocks.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['server', 'simulator', 'run', 'answer', 'file']),
    );
  });
});

/** Every page that people write or generate, relative to the root. */
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** Code is not prose: what looks like a link or a heading in it is neither. */
function proseOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
}

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  const slugs = headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(slugs);
}

describe('the documentation', () => {
  test.each(PAGES)('every link of %s leads somewhere', (page) => {
    const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(file).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('the settings that the pages show are ones that the server takes', () => {
    const yaml = PAGES.flatMap((page) => [
      ...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm),
    ]).map(([, text = '']) => text);
    expect(yaml.length).toBeGreaterThan(5);
    for (const text of yaml) expect(() => settingsFrom(parse(text)), text).not.toThrow();
  });

  test('docs/dependencies.md has every package of package.json, no other, and their licences', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const rows = [...readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8').matchAll(/^\| (`.+?`) \| (.+?) \|/gm)];
    const shown = rows.flatMap(([, names = '', licence]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, licence] as const),
    );
    const installed = Object.keys({ ...dependencies, ...devDependencies }).map((name) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
      return [name, manifest.license] as const;
    });
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(installed));
  });
});
