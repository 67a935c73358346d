import { Command } from 'commander';
import { startApp } from '../app.ts';
import { createLog } from '../log.ts';
import { loadSettingsForCli } from './settings.ts';

/** How long running actions may go on once the server was told to stop. */
const STOP_MS = 10_000;

/**
 * Ctrl-C in a terminal reaches both npm and the server, and npm passes it on to the server as well (run-script,
 * signal-manager.js): what comes so soon after is no second request.
 */
const SAME_SIGNAL_MS = 250;

/** `patchbay serve`: the server, until SIGTERM or SIGINT. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Start the server (what `npm start` does).')
    .option('-c, --config <file>', 'settings file (default: PATCHBAY_CONFIG, else ./patchbay.yml if it exists)')
    .action(async (options: { config?: string }) => serve(options.config));
}

async function serve(config: string | undefined): Promise<void> {
  const loaded = await loadSettingsForCli(config);
  const log = createLog(loaded.settings.logging.root.level);
  for (const info of loaded.infos) log.info(info);
  for (const warning of loaded.warnings) log.warn(warning);

  const stopped = Promise.withResolvers<void>();
  let stoppingSince: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < SAME_SIGNAL_MS) return;
      log.warn(`${signal} a second time: stopping at once.`);
      process.exit(1);
    }
    stoppingSince = performance.now();
    log.info(`${signal}: no new work is taken; running actions get up to ${STOP_MS / 1000} s.`);
    stopped.resolve();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);

  const app = await startApp(loaded.settings, log);
  if (app.adminPassword !== undefined) {
    process.stdout.write(
      `\n  The first administrator is "${loaded.settings.patchbay.admin.username}" with the password\n\n      ${app.adminPassword}\n\n  It is shown this once. Write it down.\n\n`,
    );
  }
  if (stoppingSince === undefined) process.stdout.write(`Patchbay is ready at ${app.url}\n`);
  await stopped.promise;
  await app.stop(STOP_MS);
  process.exit(0);
}
