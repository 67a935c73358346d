import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import {
  hasPassword,
  type KeystorePlace,
  type OpenedKeystore,
  readKeystore,
  writeKeystore,
} from '../config/keystore.ts';
import { settingNameProblem } from '../config/known.ts';
import { locateKeystore } from '../config/load.ts';
import { put } from '../config/tree.ts';
import { createPrompt, keystorePasswordPrompt, type Prompt, type Terminal } from './prompt.ts';

/** Where the commands read and write; everything defaults to the process. */
export interface KeystoreCommandOptions extends Partial<Terminal> {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly setExitCode?: (code: number) => void;
}

interface Flags {
  config?: string;
  silent?: boolean;
  force?: boolean;
  stdin?: boolean;
  password?: boolean;
  output?: string;
}

/** What one call of a command works with. */
interface Call {
  readonly place: KeystorePlace;
  readonly prompt: Prompt;
  /** To standard output; nothing with `--silent`. */
  say(text: string): void;
  /** To standard error, always; the exit code becomes 1. */
  fail(text: string): void;
  setExitCode(code: number): void;
  /** To standard error; nothing with `--silent`. */
  note(text: string): void;
  /** The data that was asked for: printed even with `--silent`. */
  print(text: string): void;
  open(): Promise<OpenedKeystore>;
}

const EX_USAGE = 64;

/**
 * `patchbay keystore …`: Kibana's commands, options and texts, on a file that Kibana can read as well.
 *
 * Exit codes: 0 also when a person declines; 1 when there is nothing to work on; 64 for an unknown command. Errors of
 * the file and its password are thrown as PatchbayError `keystore_invalid`.
 */
export function keystoreCommand(options: KeystoreCommandOptions = {}): Command {
  const terminal: Terminal = {
    stdin: options.stdin ?? process.stdin,
    stdout: options.stdout ?? process.stdout,
    stderr: options.stderr ?? process.stderr,
  };
  const setExitCode =
    options.setExitCode ??
    ((code: number) => {
      process.exitCode = code;
    });
  const env = options.env ?? process.env;

  const command = new Command('keystore')
    .description('Keep secret settings in an encrypted file instead of the settings file.')
    .option('-c, --config <file>', 'settings file, for path.data (default: PATCHBAY_CONFIG, else ./patchbay.yml)')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .helpCommand(false)
    .argument('[command]')
    .usage('[options] <command>')
    .action((name: string | undefined) => {
      if (name === undefined) command.outputHelp();
      else unknownCommand(name);
    });

  const unknownCommand = (name: string) => {
    terminal.stderr.write(`unknown command ${name}\n`);
    setExitCode(EX_USAGE);
  };

  const begin = (flags: Flags): Call => {
    const place = locateKeystore({ argvConfig: flags.config, env, cwd: options.cwd ?? process.cwd() });
    const prompt = createPrompt(terminal);
    return {
      place,
      prompt,
      say: (text) => void (flags.silent || terminal.stdout.write(`${text}\n`)),
      print: (text) => void terminal.stdout.write(`${text}\n`),
      note: (text) => void (flags.silent || terminal.stderr.write(`${text}\n`)),
      fail: (text) => {
        terminal.stderr.write(`${text}\n`);
        setExitCode(1);
      },
      setExitCode,
      open: () => readKeystore(place.path, { env, askPassword: keystorePasswordPrompt(prompt) }),
    };
  };

  const subcommand = (usage: string, description: string, run: (call: Call, flags: Flags, key: string) => unknown) =>
    command
      .command(usage)
      .description(description)
      .option('-s, --silent', 'print no messages')
      .action(async (...args: unknown[]) => {
        const called = args.at(-1) as Command;
        const flags = called.optsWithGlobals<Flags>();
        const call = begin(flags);
        const needsFile = called.name() !== 'create';
        if (needsFile && !call.place.exists) {
          return call.fail("ERROR: Patchbay keystore not found. Use 'create' command to create one.");
        }
        await run(call, flags, String(args[0]));
      });

  subcommand('create', 'make an empty keystore', createKeystore).option(
    '--password',
    'ask for a password to protect it',
  );
  subcommand('add <key>', 'add a setting', addSetting)
    .option('-f, --force', 'overwrite a setting without asking')
    .option('-x, --stdin', 'read the value from standard input');
  subcommand('list', 'print the names of all settings', listSettingNames);
  subcommand('show <key>', 'print the value of a setting', showSetting).option(
    '-o, --output <file>',
    'write it to a new file',
  );
  subcommand('remove <key>', 'remove a setting', removeSetting);
  subcommand('passwd', 'set, change or remove the password', changePassword);
  subcommand('has-passwd', 'exit with 0 if the keystore has a password, else with 1', tellPassword);
  command
    .command('help [command]')
    .description('print the help of a command')
    .action((name: string | undefined) => {
      const found = name === undefined ? command : command.commands.find((each) => each.name() === name);
      if (found === undefined) unknownCommand(name!);
      else found.outputHelp();
    });
  return command;
}

async function createKeystore(call: Call, flags: Flags): Promise<void> {
  const { path, newPath, exists } = call.place;
  if (exists && path === newPath && !(await call.prompt.confirm('A Patchbay keystore already exists. Overwrite?'))) {
    return call.say('Exiting without modifying keystore.');
  }
  const password = flags.password ? await newPassword(call) : '';
  if (password === undefined) return;
  await writeKeystore(newPath, {}, password);
  call.say(`Created Patchbay keystore in ${newPath}`);
  if (path !== newPath) call.note(`Note: ${path} is no longer read. Add its settings to the new keystore.`);
}

async function addSetting(call: Call, flags: Flags, key: string): Promise<void> {
  // The same check as at the start of the server, before the value is typed.
  put({}, key.split('.'), '');
  const { values, password } = await call.open();
  if (Object.hasOwn(values, key) && !flags.force) {
    if (flags.stdin) return call.say(`Setting ${key} already exists, exiting without modifying keystore.`);
    if (!(await call.prompt.confirm(`Setting ${key} already exists. Overwrite?`))) {
      return call.say('Exiting without modifying keystore.');
    }
  }
  const given = flags.stdin ? await call.prompt.everything() : await call.prompt.secret(`Enter value for ${key}`);
  if (given === undefined) return call.fail('ERROR: No value was given, exiting without modifying keystore.');
  await writeKeystore(call.place.path, { ...values, [key]: parseValue(given.trim()) }, password);
  const problem = settingNameProblem(key);
  if (problem !== undefined) call.note(`Note: ${problem}`);
}

/** Kibana's rule: JSON where it is JSON (`123` a number, `"123"` a text), else the text itself; `null` stays text. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) ?? text;
  } catch {
    return text;
  }
}

async function listSettingNames(call: Call): Promise<void> {
  const { values } = await call.open();
  for (const name of Object.keys(values)) call.print(name);
}

async function showSetting(call: Call, flags: Flags, key: string): Promise<void> {
  const { values } = await call.open();
  if (!Object.hasOwn(values, key))
    return call.fail(`ERROR: The keystore has no setting ${key}. 'list' prints those it has.`);
  const value = values[key];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (flags.output === undefined) return call.print(text);
  try {
    await writeFile(flags.output, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST' ? 'exists already. Remove it first' : `cannot be written (${code}). Choose another place`;
    return call.fail(`ERROR: The file ${flags.output} ${why}.`);
  }
  call.say(`Wrote the value to ${flags.output}`);
}

async function removeSetting(call: Call, _flags: Flags, key: string): Promise<void> {
  const { values, password } = await call.open();
  if (!Object.hasOwn(values, key)) return call.note(`Setting ${key} is not in the keystore, nothing to remove.`);
  const { [key]: _removed, ...rest } = values;
  await writeKeystore(call.place.path, rest, password);
}

async function changePassword(call: Call): Promise<void> {
  const { values } = await call.open();
  const password = await newPassword(call);
  if (password === undefined) return;
  await writeKeystore(call.place.path, values, password);
  call.say(password === '' ? 'The keystore has no password now.' : 'The password of the keystore is changed.');
}

async function tellPassword(call: Call): Promise<void> {
  const isProtected = await hasPassword(call.place.path);
  call.say(isProtected ? 'Keystore is password-protected' : 'Keystore is not password-protected');
  if (!isProtected) call.setExitCode(1);
}

/** Undefined when none was given or the two did not match; the exit code is set then. */
async function newPassword(call: Call): Promise<string | undefined> {
  const password = await call.prompt.secret('Enter new password for the Patchbay keystore (empty for no password)');
  if (password === undefined) {
    call.fail('ERROR: No password was given, exiting without modifying keystore.');
    return undefined;
  }
  // Only a person mistypes.
  if (
    password !== '' &&
    call.prompt.isInteractive &&
    (await call.prompt.secret('Enter the same password again')) !== password
  ) {
    call.fail('ERROR: The passwords do not match, exiting without modifying keystore.');
    return undefined;
  }
  return password;
}
