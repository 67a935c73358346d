/** The lines that this folder writes. pino's logger fits as it is. */
export interface DatabaseLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Where a PostgreSQL server is, in the words of `pg`'s configuration. A `host` with a leading `/` is a socket folder. */
export interface ConnectionTarget {
  host: string;
  port: number;
  user: string;
  database: string;
  password?: string;
}
