import { isPatchbayError } from '../errors.ts';

/** EX_CONFIG of sysexits.h, which Kibana uses too: a setting is wrong. */
export const EXIT_CONFIGURATION = 78;

/** One sentence for the terminal and the exit code; a defect of ours shows its stack, since nobody else will. */
export function describeFailure(error: unknown): { sentence: string; exitCode: number } {
  if (isPatchbayError(error)) {
    const isConfiguration = error.code === 'setting_invalid' || error.code === 'keystore_invalid';
    return { sentence: `ERROR: ${error.message}`, exitCode: isConfiguration ? EXIT_CONFIGURATION : 1 };
  }
  if (isListenError(error)) return { sentence: `ERROR: ${describeListenError(error)}`, exitCode: EXIT_CONFIGURATION };
  return { sentence: `ERROR: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, exitCode: 1 };
}

interface ListenError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
  /** Of a name that was looked up. */
  readonly hostname?: string;
}

function describeListenError({ code, address = '', port, hostname }: ListenError): string {
  if (hostname !== undefined)
    return `[server.host]: the name "${hostname}" cannot be found (${code}). Set server.host to a name or address of this machine.`;
  if (code === 'EADDRNOTAVAIL')
    return `[server.host]: ${address} is not an address of this machine. Set server.host to one that is, or to 0.0.0.0 for all.`;
  const place = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const reason =
    code === 'EADDRINUSE'
      ? 'is already in use'
      : code === 'EACCES'
        ? 'may not be used by this user'
        : `cannot be used (${code})`;
  return `[server.port]: ${place} ${reason}. Set server.port or server.host to a free address.`;
}

function isListenError(error: unknown): error is ListenError {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return error instanceof Error && code !== undefined && (syscall === 'listen' || syscall === 'getaddrinfo');
}
