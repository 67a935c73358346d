import { Command } from 'commander';
import { PATCHBAY_VERSION } from '../version.ts';
import { describeFailure } from './failure.ts';

/**
 * The command line. Each command lives in a file of its own, loaded only when it is called: `keystore` must not wait
 * for the web server's code.
 */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = new Command('patchbay')
    .description('One place for connection details, one engine that runs actions on them.')
    .version(PATCHBAY_VERSION);

  const name = argv.find((argument) => !argument.startsWith('-'));
  for (const [command, load] of Object.entries(COMMANDS)) {
    // Help lists every command; a call needs just one.
    if (name === undefined || name === 'help' || name === command || !Object.hasOwn(COMMANDS, name)) {
      program.addCommand(await load());
    }
  }
  addHint(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const { sentence, exitCode } = describeFailure(error);
    process.stderr.write(`${sentence}\n`);
    process.exitCode = exitCode;
  }
}

/** Commands that are made on their own take nothing over from the program. */
function addHint(command: Command): void {
  command.showHelpAfterError('(add --help for the options)');
  command.commands.forEach(addHint);
}

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  keystore: async () => (await import('./keystore.ts')).keystoreCommand(),
  'encryption-keys': async () => (await import('./encryption-keys.ts')).encryptionKeysCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
};
