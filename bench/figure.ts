/** One line of the table. `limit` says what the figure must be, `holds` whether it is. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reference?: string;
  readonly limit?: string;
  readonly holds?: boolean;
}
