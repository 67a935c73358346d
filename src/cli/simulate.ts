import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import {
  type ConnectorExample,
  type LoggedRequest,
  type Simulator,
  type SimulatorDefinition,
  simulators,
  startSimulator,
} from '../../simulators/index.ts';
import { PatchbayError } from '../errors.ts';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly list?: boolean;
}

/** Where the lines go; standard output unless a test says otherwise. */
type Print = (line: string) => void;

const MAX_LINE = 300;

/**
 * Makes one printable line of anything: control characters, line separators and those that turn the direction of writing
 * become `·`, because what a simulator receives must not steer the terminal that shows it.
 */
export function oneLine(text: string): string {
  const head = text.slice(0, MAX_LINE);
  const plain = head.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, '·');
  return text.length > MAX_LINE ? `${plain}…` : plain;
}

/** `12:30:05 slack  POST /services/T000/B000/XXXX 200  Hello`. */
export function requestLine(id: string, { at, method, path, status, note = '' }: LoggedRequest): string {
  return oneLine(`${at.slice(11, 19)} ${id}  ${method} ${path} ${status === 0 ? '(no answer)' : status}  ${note}`);
}

/** What a person types into a shell: single quotes, with those of the text itself taken out and put back. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function exampleText({ name, connector_type_id, config, secrets, params, settings }: ConnectorExample): string {
  const id = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const post = (path: string, body: unknown) =>
    `curl -u admin -H 'kbn-xsrf: true' -H 'Content-Type: application/json' -d ${shellQuote(JSON.stringify(body))} ` +
    `http://localhost:5601/api/actions/connector/${path}`;
  const yaml = stringify({
    'xpack.actions.preconfigured': { [id]: { name, actionTypeId: connector_type_id, config, secrets } },
  });
  return [
    ...(settings === undefined ? [] : ['  # it needs these settings in patchbay.yml', indent(stringify(settings))]),
    '  # create the connector, then run it (or preconfigure it, below)',
    `  ${post(id, { name, connector_type_id, config, secrets })}`,
    `  ${post(`${id}/_execute`, { params })}`,
    indent(yaml),
  ].join('\n');
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '  ');
}

/** Adds one vendor of the command line to those before it. */
function parseVendor(id: string, before: readonly string[] = []): readonly string[] {
  const known = simulators.map((definition) => definition.id);
  if (!known.includes(id)) throw new InvalidArgumentError(`Known are: ${known.join(', ')}.`);
  return [...before, id];
}

/** The simulators of these ids, all without any. */
function choose(ids: readonly string[]): readonly SimulatorDefinition[] {
  return ids.length === 0 ? simulators : simulators.filter(({ id }) => ids.includes(id));
}

/** A port that is taken is the one thing that goes wrong often, and its cure is an option of this command. */
function listenProblem(error: unknown, host: string): unknown {
  const { code, syscall, port } = error as NodeJS.ErrnoException & { port?: number };
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return error;
  const reason = code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${code})`;
  const where = port === undefined ? oneLine(host) : `${oneLine(host)}:${port}`;
  return new PatchbayError('bad_request', `${where} ${reason}. Choose another place with --port and --host.`, {
    cause: error,
  });
}

/**
 * Starts simulators and prints how to use each and what arrives.
 *
 * @param options.port the first simulator's; the next ones follow, 0 takes free ones
 */
export async function simulate(ids: readonly string[], options: Options, print: Print): Promise<Simulator[]> {
  const chosen = choose(ids);
  const running: Simulator[] = [];
  try {
    for (const [index, definition] of chosen.entries()) {
      const simulator = await startSimulator(definition, {
        host: options.host,
        port: options.port === 0 ? 0 : options.port + index,
        onRequest: (entry) => print(requestLine(definition.id, entry)),
      });
      running.push(simulator);
      print(`${definition.title} (${definition.id}): ${Object.values(simulator.endpoints).join(' and ')}`);
      for (const example of definition.examples(simulator.endpoints)) print(exampleText(example));
      print('');
    }
  } catch (error) {
    await Promise.all(running.map((simulator) => simulator.close()));
    throw listenProblem(error, options.host);
  }
  return running;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** `patchbay simulate`: stand-ins of vendors' APIs to try connectors against, until SIGINT or SIGTERM. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('start stand-ins of vendors to try connectors against')
    .argument('[vendor...]', 'which ones; all without any', parseVendor)
    .option('--port <number>', 'port of the first one, the others follow; 0: any free ports', parsePort, 0)
    .option('--host <address>', 'where to listen; only this machine can connect unless you change it', '127.0.0.1')
    .option('--list', 'only list the vendors')
    .action(async (vendors: readonly string[], options: Options) => {
      const print: Print = (line) => process.stdout.write(`${line}\n`);
      if (options.list) {
        for (const { id, title } of choose(vendors)) print(`${id.padEnd(15)} ${title}`);
        return;
      }
      if (!LOOPBACK.test(options.host)) {
        process.stderr.write(
          `Listening on ${oneLine(options.host)}: whoever reaches this address can read what is sent here.\n`,
        );
      }
      const running = await simulate(vendors, options, print);
      print('Waiting for messages. Stop with Ctrl+C.');
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      await Promise.all(running.map((simulator) => simulator.close()));
    });
}
