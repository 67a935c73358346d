import { z } from 'zod';
import { actions } from './schema/actions.ts';
import { encryptedSavedObjects, eventLog, notifications } from './schema/kibana.ts';
import { elasticsearch, patchbay } from './schema/patchbay.ts';
import { processSettings, server } from './schema/server.ts';
import { taskManager } from './schema/task-manager.ts';
import { listSettings, type SettingInfo } from './setting.ts';

/**
 * Every setting there is. Types, defaults, limits, texts of errors, names of environment variables and
 * `docs/settings.md` all come from here.
 */
export const settingsSchema = z.strictObject({
  server,
  ...processSettings,
  elasticsearch,
  notifications,
  patchbay,
  xpack: z.strictObject({ actions, encryptedSavedObjects, eventLog, task_manager: taskManager }).prefault({}),
});

/**
 * All settings, checked, with their defaults, under their own names: `settings.xpack.actions.allowedHosts`.
 * Durations are milliseconds and sizes bytes, whatever they were written in; paths of single files and folders are
 * absolute.
 */
export type Settings = z.output<typeof settingsSchema>;

/**
 * Below these, a name that is not in the schema is a mistake and refused. Elsewhere it belongs to a part of Kibana that
 * Patchbay does not have, and is ignored.
 */
export const STRICT_ROOTS = ['xpack.actions', 'xpack.encryptedSavedObjects', 'patchbay'] as const;

let known: readonly SettingInfo[] | undefined;

/** Every setting with its notes, in the order of the documentation. */
export function allSettings(): readonly SettingInfo[] {
  known ??= listSettings(settingsSchema);
  return known;
}

/** The dotted name of every setting. Members of lists and maps (`preconfigured.<id>.name`) are not settings of their own. */
export function settingsSchemaPaths(): string[] {
  return allSettings().map(({ path }) => path);
}

/** The environment variable that a setting is read from: `xpack.actions.allowedHosts` is `XPACK_ACTIONS_ALLOWEDHOSTS`. */
export function environmentName(path: string): string {
  return path.replaceAll('.', '_').toUpperCase();
}
