import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

/**
 * The server's log: one JSON object a line, on standard error, because standard output belongs to the lines that
 * scripts wait for. Levels are Kibana's; `all` and `off` too.
 */
export function createLog(level: string, stream: DestinationStream = destination({ fd: 2, sync: true })): Logger {
  return pino(
    {
      level: level === 'all' ? 'trace' : level === 'off' ? 'silent' : level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}
