import type { Settings } from '../config/schema.ts';
import { type Database, openDatabase } from '../db/index.ts';
import { isPatchbayError, PatchbayError } from '../errors.ts';
import { createLog } from '../log.ts';

/**
 * The database of the settings, for a command that is not the server.
 *
 * @param whileServing what to do when the server is running, which has the embedded database to itself: a sentence
 * @throws {PatchbayError} `database_setup_failed`
 */
export async function openDatabaseForCommand(
  settings: Settings,
  level: 'warn' | 'error',
  whileServing: string,
): Promise<Database> {
  try {
    return await openDatabase({
      url: settings.patchbay.database.url,
      dataDir: settings.path.data,
      log: createLog(level),
    });
  } catch (error) {
    const holder = isPatchbayError(error) ? error.attributes?.in_use_by : undefined;
    if (holder === undefined) throw error;
    // The server's own advice, another data folder, would lead a command to an empty database.
    throw new PatchbayError(
      'database_setup_failed',
      `The data folder ${settings.path.data} is in use by ${holder}. ${whileServing}`,
      {
        cause: error,
      },
    );
  }
}
