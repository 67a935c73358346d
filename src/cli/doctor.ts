import { access, constants } from 'node:fs/promises';
import { Command } from 'commander';
import { loadTypes } from '../app.ts';
import { toCheckContext, toEgressOptions, toVaultSettings } from '../app-settings.ts';
import type { Settings } from '../config/schema.ts';
import { openVault } from '../connectors/open-vault.ts';
import { inMemoryConnectors, preconfiguredProblem } from '../connectors/preconfigured.ts';
import { connectorRows } from '../db/connectors.ts';
import { createEgress } from '../egress/index.ts';
import { PatchbayError } from '../errors.ts';
import { createLog } from '../log.ts';
import { PATCHBAY_VERSION } from '../version.ts';
import { openDatabaseForCommand } from './database.ts';
import { describeFailure } from './failure.ts';
import { loadSettingsForCli } from './settings.ts';

/** `patchbay doctor`: looks at everything that could keep the server from working; opens the database as a start would. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Check settings, data folder, database, keys and preconfigured connectors.')
    .option('-c, --config <file>', 'settings file')
    .action(async ({ config }: { config?: string }) => {
      say('ok', `Patchbay ${PATCHBAY_VERSION} on Node.js ${process.version}`);
      let healthy = true;
      const check = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await work();
        } catch (error) {
          healthy = false;
          say('FAIL', `${name}: ${describeFailure(error).sentence.replace(/^ERROR: /, '')}`);
          return undefined;
        }
      };
      const settings = await check('settings', () => checkSettings(config));
      if (settings !== undefined) {
        await check('connector types', () => checkConnectors(settings));
        await check('data folder', () => checkDataFolder(settings));
        await check('database', () => checkDatabase(settings));
      }
      process.exitCode = healthy ? 0 : 1;
    });
}

function say(verdict: 'ok' | 'warn' | 'FAIL', text: string): void {
  process.stdout.write(`${verdict.padEnd(5)} ${text}\n`);
}

async function checkSettings(config: string | undefined): Promise<Settings> {
  const { settings, warnings, infos } = await loadSettingsForCli(config);
  for (const warning of warnings) say('warn', warning);
  for (const info of infos) say('ok', info);
  say('ok', 'settings are valid');
  return settings;
}

async function checkConnectors(settings: Settings): Promise<void> {
  const registry = await loadTypes(settings);
  say('ok', `${registry.list().length} connector types`);
  const { actions } = settings.xpack;
  const connectors = inMemoryConnectors({
    preconfigured: actions.preconfigured,
    alertHistory: actions.preconfiguredAlertHistoryEsIndex,
    registry,
  });
  const egress = createEgress(toEgressOptions(settings, createLog('warn')));
  const context = toCheckContext(settings, egress);
  for (const connector of connectors.values()) {
    if (connector.origin !== 'preconfigured') continue;
    const problem = preconfiguredProblem(connector, registry, context);
    say(problem === undefined ? 'ok' : 'warn', problem ?? `preconfigured connector "${connector.id}" is complete`);
  }
  await egress.close();
}

async function checkDataFolder(settings: Settings): Promise<void> {
  try {
    await access(settings.path.data, constants.R_OK | constants.W_OK);
    say('ok', `data folder ${settings.path.data}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    say('ok', `data folder ${settings.path.data} will be made at the first start`);
  }
}

async function checkDatabase(settings: Settings): Promise<void> {
  const { url } = settings.patchbay.database;
  const exists =
    url !== undefined ||
    (await access(settings.path.data).then(
      () => true,
      () => false,
    ));
  if (!exists) {
    say('ok', 'the embedded database will be made at the first start');
    return;
  }
  const database = await openDatabaseForCommand(
    settings,
    'error',
    'Stop it to have the database checked, or ask it: GET /api/status.',
  );
  try {
    say('ok', `${url === undefined ? 'embedded' : 'external'} database answers`);
    const vault = await openVault(toVaultSettings(settings), createLog('error'));
    for (const { keyId, count } of await connectorRows(database.kysely).countByKey()) {
      if (!vault.keyIds.includes(keyId)) {
        throw new PatchbayError(
          'secrets_unreadable',
          `${count} connector(s) have secrets on key ${keyId}, which no setting holds.`,
        );
      }
      say('ok', `${count} connector(s) have secrets on key ${keyId}`);
    }
  } finally {
    await database.stop();
  }
}
