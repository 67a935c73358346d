import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PENDING_SETTINGS, pendingSetting } from './pending.ts';
import { settingsSchemaPaths } from './schema.ts';

// How a use is found. A setting is read as a chain of properties, so the last two parts of its name (`queued.max`) are
// searched for in the code of src/ without comments, tests and src/config/. Where several settings end alike
// (`ssl.key`), the same file must also name the part before (`server`). The same words in a message are no use: there
// the chain starts at a bare `xpack`, `patchbay` or other root (`[xpack.actions.run.maxAttempts]`), in code it hangs on
// something (`settings.xpack.…`, `actions.…`). A section that is passed on whole is found where its members are read.
// Whatever is read in another way, by destructuring say, is named here with the code to look for.
const USED_VIA: Readonly<Record<string, RegExp>> = {
  // The queue is given these sections whole, and a limit of a connector takes the place of the first.
  'patchbay.queue.rateLimit.limit': /\blimit\b.*= .*\boptions\.rateLimit\b/,
  'patchbay.queue.rateLimit.window': /\bwindow\b.*= .*\boptions\.rateLimit\b/,
  'patchbay.queue.circuit.failures': /\bfailures\b.*= options\.circuit\b/,
  'patchbay.queue.circuit.pause': /\bpause\b.*= options\.circuit\b/,
  'patchbay.queue.circuit.maxPause': /\bmaxPause\b.*= options\.circuit\b/,
  'xpack.task_manager.monitored_stats_required_freshness': /\btaskManager\.monitored_stats_required_freshness\b/,
  'xpack.task_manager.monitored_aggregated_stats_refresh_rate':
    /\btaskManager\.monitored_aggregated_stats_refresh_rate\b/,
  'xpack.task_manager.monitored_stats_running_average_window':
    /\btaskManager\.monitored_stats_running_average_window\b/,
  'xpack.task_manager.monitored_task_execution_thresholds.default.warn_threshold': /\bvalues\.warn_threshold\b/,
  'xpack.task_manager.monitored_task_execution_thresholds.default.error_threshold': /\bvalues\.error_threshold\b/,
  'xpack.task_manager.monitored_task_execution_thresholds.custom':
    /\bcustom\b.*= taskManager\.monitored_task_execution_thresholds\b/,
  'xpack.task_manager.poll_interval': /\btaskManager\.poll_interval\b/,
};

const SRC = fileURLToPath(new URL('..', import.meta.url));

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith(`config${sep}`))
    .map((name) => readFileSync(join(SRC, name), 'utf8'));
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

const PATHS = settingsSchemaPaths();
const ROOTS = new Set(PATHS.map((path) => path.split('.')[0]!));

/** Whether code reads a setting. `sources` hold no comments. */
function isUsed(path: string, sources: readonly string[]): boolean {
  const via = USED_VIA[path];
  if (via !== undefined) return sources.some((source) => via.test(source));
  const [owner, ...tail] = ['', ...path.split('.')].slice(-3) as [string, string, string];
  const isShared = PATHS.filter((other) => `.${other}`.endsWith(`.${tail.join('.')}`)).length > 1;
  // Names of settings hold letters, digits and underscores only, so nothing needs escaping.
  const chain = new RegExp(`(?<![\\w$])${tail.join('\\s*[?!]?\\.\\s*')}(?![\\w$])`, 'g');
  const named = new RegExp(`(?<![\\w$])${owner}(?![\\w$])`);
  return sources.some(
    (source) =>
      (!isShared || named.test(source)) &&
      [...source.matchAll(chain)].some(({ 0: found, index }) => !isText(chainBefore(source, index) + found)),
  );
}

function chainBefore(source: string, index: number): string {
  return /[\w$\])?!.\s]*$/.exec(source.slice(Math.max(0, index - 100), index))?.[0] ?? '';
}

// `server.port` alone may be a variable `server`, hence only chains of three names and more count as text.
function isText(chain: string): boolean {
  const names = chain.trim().split('.');
  return names.length > 2 && ROOTS.has(names[0]!.trim());
}

const sources = sourceFiles().map(withoutComments);

describe('the search for uses', () => {
  test.each([
    ['const n = settings.xpack.actions.run.maxAttempts;', true],
    ['const n = actions.run?.maxAttempts ?? 3;', true],
    ['const n = options.run!.maxAttempts;', true],
    ['const n = settings.xpack.actions\n  .run\n  .maxAttempts;', true],
    ['throw refusal(`[xpack.actions.run.maxAttempts] is too low`);', false],
    ["const name = 'xpack.actions.run.maxAttempts';", false],
    ['/** See xpack.actions.run.maxAttempts and settings.run.maxAttempts. */', false],
    ['f(); // settings.run.maxAttempts', false],
    ['const n = type.maxAttempts; const m = rerun.maxAttempts;', false],
    ['const n = run.maxAttemptsEver;', false],
  ])('%s: %s', (code, expected) => {
    expect(isUsed('xpack.actions.run.maxAttempts', [withoutComments(code)])).toBe(expected);
  });
});

test('settings that end alike are told apart by the part before', () => {
  expect(isUsed('xpack.actions.relay.ssl.key', ['const { ssl } = server; read(ssl.key);'])).toBe(false);
  expect(isUsed('server.ssl.key', ['const { ssl } = server; read(ssl.key);'])).toBe(true);
});

describe('settings without effect', () => {
  test('each entry is a setting or a section, and none is covered twice', () => {
    const paths = settingsSchemaPaths();
    for (const { path, reason } of PENDING_SETTINGS) {
      expect(
        paths.some((known) => known === path || known.startsWith(`${path}.`)),
        path,
      ).toBe(true);
      expect(reason).not.toBe('');
      expect(
        PENDING_SETTINGS.filter((other) => `${path}.`.startsWith(`${other.path}.`)),
        path,
      ).toHaveLength(1);
    }
  });

  test('every setting that nothing reads is on the list', () => {
    const forgotten = settingsSchemaPaths().filter(
      (path) => pendingSetting(path) === undefined && !isUsed(path, sources),
    );
    expect(
      forgotten,
      'Read these in src/, or add them to src/config/pending.ts (or to USED_VIA of this test).',
    ).toEqual([]);
  });

  test('no setting on the list is read', () => {
    const used = settingsSchemaPaths().filter((path) => pendingSetting(path) !== undefined && isUsed(path, sources));
    expect(used, 'These have an effect now: remove them from src/config/pending.ts and run "npm run docs".').toEqual(
      [],
    );
  });
});
