import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PatchbayError } from '../errors.ts';
import type { DatabaseLog } from './types.ts';

/** The oldest server whose SQL we rely on; older ones are not maintained by PostgreSQL any more. */
const VERSION_MIN = 14;
/** How long a server that answers "starting up" is waited for, as after a reboot of both. */
const STARTING_MS = 30_000;
const STARTING_POLL_MS = 250;

/**
 * `pg`'s configuration from the setting `patchbay.database.url`.
 *
 * @throws {PatchbayError} `database_setup_failed`; the text never quotes the URL, which holds a password
 */
export function parseDatabaseUrl(url: string): pg.ClientConfig {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw badUrl();
  try {
    // pg knows every form and parameter that a URL may have; a client that is not connected serves as its parser.
    const parsed = new pg.Client({ connectionString: url }) as pg.Client & {
      connectionParameters: { options?: string; application_name?: string };
    };
    const { host, port, user, password, database, ssl } = parsed;
    const { options, application_name } = parsed.connectionParameters;
    return { host, port, user, password, database, ssl, options, application_name: application_name || 'patchbay' };
  } catch {
    throw badUrl();
  }
}

function badUrl(): PatchbayError {
  return new PatchbayError(
    'database_setup_failed',
    'patchbay.database.url is not a PostgreSQL URL. It looks like postgresql://user:password@host:5432/database, with special characters in the password percent-encoded.',
  );
}

/**
 * Connects once and checks that Patchbay can live there: version, right to create its schema, not a standby.
 *
 * @throws {PatchbayError} `database_setup_failed` with what to do
 */
export async function checkServer(config: pg.ClientConfig, log: DatabaseLog): Promise<void> {
  const client = await connectPatiently(config, log);
  try {
    const { rows } = await client.query<ServerFacts>(`
      select current_setting('server_version_num')::int / 10000 as major, current_setting('server_version') as version,
        pg_is_in_recovery() as standby, current_database() as database, current_user as "user",
        to_regnamespace('patchbay') is not null as prepared,
        has_database_privilege(current_database(), 'CREATE') as may_create`);
    const problem = unsuitable(rows[0]!);
    if (problem !== undefined) throw new PatchbayError('database_setup_failed', problem);
  } finally {
    await client.end().catch(() => {});
  }
}

interface ServerFacts {
  major: number;
  version: string;
  standby: boolean;
  database: string;
  user: string;
  prepared: boolean;
  may_create: boolean;
}

/** What is wrong with a server that answers. */
export function unsuitable(facts: ServerFacts): string | undefined {
  if (facts.major < VERSION_MIN) {
    return `The database server is PostgreSQL ${facts.version}; Patchbay needs ${VERSION_MIN} or later. Upgrade it, or name another one in patchbay.database.url.`;
  }
  if (facts.standby) {
    return 'The database server is a read-only standby. Name the primary in patchbay.database.url.';
  }
  if (!facts.prepared && !facts.may_create) {
    return `The user "${facts.user}" may not create a schema in the database "${facts.database}". Run: GRANT CREATE ON DATABASE "${facts.database}" TO "${facts.user}".`;
  }
  return undefined;
}

async function connectPatiently(config: pg.ClientConfig, log: DatabaseLog): Promise<pg.Client> {
  const deadline = performance.now() + STARTING_MS;
  let told = false;
  for (;;) {
    const client = new pg.Client(config);
    client.on('error', () => {}); // the query under way reports it
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      const isStarting = (error as { code?: string }).code === '57P03';
      if (!isStarting || performance.now() > deadline) throw explainConnectError(error, config);
      if (!told) log.info('The database server is starting up; waiting for it.');
      told = true;
      await sleep(STARTING_POLL_MS);
    }
  }
}

/** Why the first connection failed, as a sentence for the operator; without the password. */
export function explainConnectError(error: unknown, config: pg.ClientConfig): PatchbayError {
  const place = config.host?.startsWith('/') ? config.host : `${config.host}:${config.port}`;
  const cause = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  return new PatchbayError('database_setup_failed', `${sentence()} (setting patchbay.database.url)`, { cause: error });

  function sentence(): string {
    if (code === 'ECONNREFUSED' || code === 'ENOENT')
      return `Nothing listens at ${place}: start the database server, or mend host and port`;
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      return `The database host "${config.host}" is not known: mend the name, or the DNS`;
    if (/timeout/i.test(message) || code === 'ETIMEDOUT')
      return `The database server at ${place} does not answer: check the address and the firewalls between`;
    if (code.startsWith('28') || /SASL|password must be a string/.test(message)) {
      return `The database server at ${place} refuses the user "${config.user}": check user name and password, and the server's pg_hba.conf`;
    }
    if (code === '3D000')
      return `The database "${config.database}" does not exist at ${place}: create it with CREATE DATABASE, or mend the name`;
    if (code === '42501')
      return `The user "${config.user}" may not connect to the database "${config.database}": grant CONNECT`;
    if (code === '53300') return `The database server at ${place} takes no more connections: raise its max_connections`;
    if (code === '57P03')
      return `The database server at ${place} has been starting up for ${STARTING_MS / 1000} s: look into its log`;
    if (/does not support SSL/.test(message))
      return `The database server at ${place} speaks no TLS: remove sslmode, or enable TLS there`;
    if (/unsupported startup parameter/.test(message)) {
      return `At ${place} a connection pooler refuses session settings: connect to the server itself, or let PgBouncer pool sessions and set ignore_startup_parameters = options`;
    }
    if (/CERT|SSL|TLS/i.test(code))
      return `The TLS certificate of the database server at ${place} is not trusted (${code}): name its authority with sslrootcert`;
    return `The database server at ${place} cannot be used: ${message || code}`;
  }
}
