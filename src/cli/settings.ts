import { type LoadedSettings, loadSettings } from '../config/load.ts';
import { createPrompt, keystorePasswordPrompt } from './prompt.ts';

/** The settings of a command: its `--config`, the environment, and the keystore, whose password is asked for on a terminal. */
export function loadSettingsForCli(config: string | undefined): Promise<LoadedSettings> {
  return loadSettings({
    argvConfig: config,
    env: process.env,
    cwd: process.cwd(),
    askPassword: keystorePasswordPrompt(createPrompt(process)),
  });
}
