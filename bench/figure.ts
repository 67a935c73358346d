/** One line of the table. */
export type Figure = Measured | Skipped;

/** `limit` says what the figure must be, `holds` whether it is. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reference?: string;
  readonly limit?: string;
  readonly holds?: boolean;
}

/** What cannot be measured on this machine. */
export interface Skipped {
  readonly name: string;
  /** Why. */
  readonly skipped: string;
}
