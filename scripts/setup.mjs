// Makes a fresh clone ready: the locked dependencies, among them the Node.js that runs the server, and the console,
// built from `web/` into `web/dist/`. Plain JavaScript, because it is the one file that runs on whatever Node.js (20.19
// or later) the machine has. Prints to standard error only, and nothing at all when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.patchbay-setup');
const nodeBinary = join(root, 'node_modules', 'node', 'bin', 'node');
const web = join(root, 'web');
const dist = join(web, 'dist');
// Inside of what it vouches for: whoever removes the one removes the other.
const consoleStampFile = join(dist, '.stamp');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Patchbay needs Node.js 20.19 or later to set itself up; this is ${process.version}.`);
}

// A change of the lock file, the platform or the Node.js that runs npm (native packages) calls for a new installation.
const lockFileHash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
const wanted = lockFileHash.copy().update(`${process.platform}-${process.arch}`).digest('hex');

if (!isReady()) withLock(() => !isReady() && install());
if (!isBuilt()) withLock(() => !isBuilt() && build());

function isReady() {
  return existsSync(nodeBinary) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
}

function install() {
  process.stderr.write('Installing what Patchbay needs (once, about half a minute) …\n');
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // npm's own report goes to standard error: standard output belongs to the command that follows.
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0)
    fail('npm could not install the dependencies; its own words are above. Is the npm registry reachable?');
  if (!existsSync(nodeBinary))
    fail('The npm package "node" has no binary for this platform. Linux and macOS on x64 and arm64 are supported.');
  writeFileSync(stampFile, wanted);
}

/** Whether `web/dist/` is what the sources of the console and the locked packages make. */
function isBuilt() {
  if (!existsSync(join(web, 'index.html'))) return true;
  if (!existsSync(consoleStampFile)) return false;
  const [seen, hash] = readFileSync(consoleStampFile, 'utf8').split('\n');
  // Reading every source takes longer than looking at its size and time; both change with a checkout, the content may not.
  const look = lookOfSources();
  if (seen === look) return true;
  if (hash !== hashOfSources()) return false;
  writeStamp(look, hash);
  return true;
}

function build() {
  process.stderr.write('Building the console (once, some seconds) …\n');
  // Before the build reads them: a source that is saved meanwhile is built at the next start.
  const look = lookOfSources();
  const hash = hashOfSources();
  const unfinished = `${dist}-unfinished`;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const options = ['--outDir', unfinished, '--emptyOutDir', '--configLoader', 'native', '--logLevel', 'warn'];
  const result = spawnSync(nodeBinary, [vite, 'build', web, ...options], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
  });
  if (result.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    fail('The console could not be built; the words of the build are above.');
  }
  rmSync(dist, { recursive: true, force: true });
  renameSync(unfinished, dist);
  writeStamp(look, hash);
}

/** Files of `web/` that the build reads, relative to it and in an order of their own. */
function sources() {
  const names = readdirSync(web, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  return names.filter((name) => !/^dist(-unfinished)?(\/|$)|(^|\/)\./.test(name)).sort();
}

function lookOfSources() {
  const hash = lockFileHash.copy();
  for (const name of sources()) {
    const { size, mtimeMs } = statSync(join(web, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function hashOfSources() {
  const hash = lockFileHash.copy();
  for (const name of sources()) {
    const file = join(web, name);
    if (!statSync(file).isFile()) continue;
    const content = readFileSync(file);
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function writeStamp(look, hash) {
  writeFileSync(consoleStampFile, `${look}\n${hash}\n`);
}

/** `npm start` and `npm test` at once in a fresh clone must not install or build over each other. */
function withLock(work) {
  const name = `patchbay-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`;
  const lockFile = join(tmpdir(), name);
  // Written first and then linked to its name, so that nobody ever sees a lock that does not say whose it is.
  const own = `${lockFile}.${process.pid}`;
  let isHeld = false;
  // Also after `fail`, which ends the process at once.
  process.on('exit', () => {
    rmSync(own, { force: true });
    if (isHeld) rmSync(lockFile, { force: true });
  });
  writeFileSync(own, String(process.pid));
  while (!isHeld) {
    try {
      linkSync(own, lockFile);
      isHeld = true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!removeLeftover(lockFile)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  work();
  rmSync(lockFile, { force: true });
  isHeld = false;
}

/** Whether the lock is gone, as its holder ended without removing it. */
function removeLeftover(lockFile) {
  const holder = readHolder(lockFile);
  if (holder === undefined) return true;
  if (isAlive(holder)) return false;
  // Of several that come to this at once only one can rename it; who is late may get hold of a new lock, and gives it back.
  const taken = `${lockFile}.${process.pid}.leftover`;
  try {
    renameSync(lockFile, taken);
  } catch {
    return true;
  }
  if (readHolder(taken) !== holder) linkBack(taken, lockFile);
  rmSync(taken, { force: true });
  return true;
}

function linkBack(taken, lockFile) {
  try {
    linkSync(taken, lockFile);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

/** The process that holds the lock; undefined when nobody does. */
function readHolder(lockFile) {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
