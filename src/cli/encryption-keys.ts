import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { toVaultSettings } from '../app-settings.ts';
import { openVault } from '../connectors/open-vault.ts';
import { type RotationReport, rotateSecrets } from '../connectors/rotate.ts';
import type { Vault } from '../connectors/vault.ts';
import { type ConnectorRows, connectorRows } from '../db/connectors.ts';
import { createLog } from '../log.ts';
import { openDatabaseForCommand } from './database.ts';
import { loadSettingsForCli } from './settings.ts';

/** `patchbay encryption-keys generate|status|rotate`. */
export function encryptionKeysCommand(): Command {
  const command = new Command('encryption-keys').description('Make, inspect and rotate the keys that encrypt secrets.');
  command
    .command('generate')
    .description('Print a new random key, as a line for the settings file.')
    .action(() => {
      process.stdout.write(`xpack.encryptedSavedObjects.encryptionKey: ${randomBytes(32).toString('hex')}\n`);
    });
  command
    .command('status')
    .description('Tell how many connectors have secrets on which key.')
    .option('-c, --config <file>', 'settings file')
    .action(({ config }: { config?: string }) =>
      withVault(config, async (rows, vault) => {
        for (const { keyId, count } of await rows.countByKey()) {
          process.stdout.write(`${describeKey(keyId, vault)}: ${count} connector(s)\n`);
        }
        process.stdout.write(`New secrets are encrypted with key ${vault.primaryKeyId}.\n`);
      }),
    );
  command
    .command('rotate')
    .description('Re-encrypt everything with the primary key, and report what is left on other keys.')
    .option('-c, --config <file>', 'settings file')
    .action(({ config }: { config?: string }) =>
      withVault(config, async (rows, vault) => printReport(await rotateSecrets(rows, vault), vault)),
    );
  return command;
}

function printReport(report: RotationReport, vault: Vault): void {
  const { total, successful, failed, keys, failures } = report;
  process.stdout.write(
    `${total} connector(s) have secrets; ${successful} were re-encrypted, ${failed} could not be.\n`,
  );
  for (const [keyId, count] of Object.entries(keys)) process.stdout.write(`${describeKey(keyId, vault)}: ${count}\n`);
  for (const { id, reason } of failures) process.stderr.write(`connector "${id}": ${reason}\n`);
  if (failed > 0) process.exitCode = 1;
  else process.stdout.write('Nothing is left on former keys: they may be taken out of decryptionOnlyKeys.\n');
}

function describeKey(keyId: string, vault: Vault): string {
  if (keyId === vault.primaryKeyId) return `key ${keyId} (primary)`;
  return vault.keyIds.includes(keyId) ? `key ${keyId} (only decrypts)` : `key ${keyId} (not known to this server)`;
}

async function withVault(
  config: string | undefined,
  work: (rows: ConnectorRows, vault: Vault) => Promise<void>,
): Promise<void> {
  const { settings } = await loadSettingsForCli(config);
  const database = await openDatabaseForCommand(
    settings,
    'warn',
    'Stop it first, or let it rotate while it runs: POST /api/encrypted_saved_objects/_rotate_key.',
  );
  try {
    await work(connectorRows(database.kysely), await openVault(toVaultSettings(settings), createLog('warn')));
  } finally {
    await database.stop();
  }
}
