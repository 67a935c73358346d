/**
 * `npm test [-- <files or vitest options>]`: runs every test and ends with the line `N passed, N failed`, which scripts can rely on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const report = join(root, 'build', `test-results-${process.pid}.json`);
mkdirSync(dirname(report), { recursive: true });

const run = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);

let passed = 0;
let failed = 0;
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    success: boolean;
  };
  passed = result.numPassedTests;
  // A file that fails to load has no failed test in it, and must not pass for a success.
  failed =
    result.numFailedTests > 0 || result.success ? result.numFailedTests : Math.max(1, result.numFailedTestSuites);
  rmSync(report);
} else {
  failed = 1;
}
const ok = run.status === 0 && failed === 0 && passed > 0;
console.log(`${passed} passed, ${ok ? failed : Math.max(1, failed)} failed`);
process.exitCode = ok ? 0 : 1;
