import { isPatchbayError } from '../errors.ts';

/** EX_CONFIG of sysexits.h, which Kibana uses too: a setting is wrong. */
export const EXIT_CONFIGURATION = 78;

/** One sentence for the terminal and the exit code; a defect of ours shows its stack, since nobody else will. */
export function describeFailure(error: unknown): { sentence: string; exitCode: number } {
  if (isPatchbayError(error)) {
    const isConfiguration = error.code === 'setting_invalid' || error.code === 'keystore_invalid';
    return { sentence: `ERROR: ${error.message}`, exitCode: isConfiguration ? EXIT_CONFIGURATION : 1 };
  }
  if (isListenError(error)) {
    const { code, address, port } = error;
    const reason =
      code === 'EADDRINUSE'
        ? 'is already in use'
        : code === 'EACCES'
          ? 'may not be used by this user'
          : 'cannot be used';
    return {
      sentence: `ERROR: [server.port]: ${address ?? ''}${port === undefined ? '' : `:${port}`} ${reason}. Set server.port or server.host to a free address.`,
      exitCode: EXIT_CONFIGURATION,
    };
  }
  return { sentence: `ERROR: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, exitCode: 1 };
}

function isListenError(error: unknown): error is NodeJS.ErrnoException & { address?: string; port?: number } {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return error instanceof Error && code !== undefined && (syscall === 'listen' || syscall === 'getaddrinfo');
}
