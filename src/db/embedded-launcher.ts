import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { chownSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { PatchbayError } from '../errors.ts';
import { type Binaries, WAY_OUT } from './embedded-binaries.ts';

/** As whom the programs of PostgreSQL run, which refuse to run as root and need an entry in the user database. */
export interface Launcher {
  /** For the log: `as uid 1000`. */
  readonly description: string;
  /** Put before the command; replaces itself by it, so that the child's pid is the server's. */
  readonly prefix: readonly string[];
  /** Switched to before the command starts; undefined keeps our own. */
  readonly uid?: number;
  readonly gid?: number;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
}

// Preferred when root has to hand the files to somebody; "node" is the user of the official Node.js images.
const SYSTEM_USERS = ['patchbay', 'postgres', 'node', 'nobody'];

/** Starts a program of PostgreSQL. The environment is not passed on: it may hold secrets and `PG…` variables. */
export function launch(
  launcher: Launcher,
  program: string,
  args: readonly string[],
  stdio: StdioOptions,
): ChildProcess {
  const [command, ...rest] = [...launcher.prefix, program, ...args] as [string, ...string[]];
  return spawn(command, rest, {
    stdio,
    uid: launcher.uid,
    gid: launcher.gid,
    // A process group of its own: Ctrl-C in a terminal must reach Patchbay alone, which then stops the server last.
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  });
}

/**
 * Finds a way to run the server on `directory`: directly; as root in a user namespace of its own, where root's files
 * appear as an ordinary user's (works below folders that only root may enter, and changes no owner on disk); or, where
 * namespaces are forbidden as in many containers, as the owner of the files or a system user. Each way is tried with
 * a probe before it is chosen. A `fresh` directory (empty, ours) is given to the user that is found.
 *
 * @param options.userNamespaces false leaves that way out; for tests
 * @throws {PatchbayError} `database_setup_failed` when there is none
 */
export function findLauncher(
  directory: string,
  binaries: Binaries,
  options: { fresh: boolean; userNamespaces?: boolean },
): Launcher {
  const ownUid = process.getuid?.() ?? 0;
  const owner = statSync(directory).uid;
  for (const candidate of candidates(ownUid, options.userNamespaces ?? true)) {
    const uid = candidate.uid ?? ownUid;
    if (options.fresh) {
      if (ownUid === 0) chownSync(directory, uid, candidate.gid ?? 0);
    } else if (uid !== owner) continue;
    if (works(candidate, directory, binaries)) return candidate;
  }
  if (options.fresh && ownUid === 0) chownSync(directory, 0, 0);
  throw refusal(directory, ownUid, owner);
}

function* candidates(ownUid: number, userNamespaces: boolean): Generator<Launcher> {
  const users = readPasswd();
  if (ownUid !== 0 && isKnownUser()) yield { description: `as uid ${ownUid}`, prefix: [] };
  // The number is only what the server sees; it needs an entry in /etc/passwd and must not be 0.
  const mapped = users.find((user) => user.name === 'nobody') ?? users[0];
  if (userNamespaces && process.platform === 'linux' && mapped !== undefined) {
    const prefix = ['unshare', '--user', `--map-user=${mapped.uid}`, `--map-group=${mapped.gid}`];
    yield { description: `as uid ${ownUid}, in a user namespace`, prefix };
  }
  if (ownUid !== 0) return;
  const preferred = SYSTEM_USERS.map((name) => users.find((user) => user.name === name)).filter(
    (user) => user !== undefined,
  );
  for (const user of [...preferred, ...users]) {
    yield { description: `as user ${user.name}`, prefix: [], uid: user.uid, gid: user.gid };
  }
}

/** Whether the user of this way may write the directory and run the programs. */
function works(launcher: Launcher, directory: string, binaries: Binaries): boolean {
  const script = 'test -w "$1" && test -x "$1" && test -x "$2" && test -x "$3"';
  const [command, ...args] = [
    ...launcher.prefix,
    'sh',
    '-c',
    script,
    'sh',
    directory,
    binaries.postgres,
    binaries.initdb,
  ];
  const result = spawnSync(command!, args, { stdio: 'ignore', uid: launcher.uid, gid: launcher.gid, timeout: 10_000 });
  return result.status === 0;
}

function refusal(directory: string, ownUid: number, owner: number): PatchbayError {
  if (ownUid !== 0 && owner !== ownUid) {
    return new PatchbayError(
      'database_setup_failed',
      `The database in ${directory} belongs to the user with uid ${owner}, but Patchbay runs as uid ${ownUid}. Run "chown -R ${ownUid} ${directory}", start Patchbay as that user, ${WAY_OUT}.`,
    );
  }
  return new PatchbayError(
    'database_setup_failed',
    `PostgreSQL does not run as ${ownUid === 0 ? 'root' : `uid ${ownUid}, which has no entry in the user database`}, this system allows no user namespaces, and no other user may use ${directory}. Start Patchbay as an ordinary user, ${WAY_OUT}.`,
  );
}

// PostgreSQL looks its user up by number; containers with an arbitrary uid (as OpenShift's) often have no entry for it.
function isKnownUser(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/** Users other than root. */
function readPasswd(): PasswdEntry[] {
  let text: string;
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7 && Number(fields[2]) > 0)
    .map((fields) => ({ name: fields[0]!, uid: Number(fields[2]), gid: Number(fields[3]) }));
}
