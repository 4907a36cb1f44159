/** One line of a chart, and its column in the table beside it. */
export interface Line {
  readonly label: string;
  /** One for each point of time; null: there is none. */
  readonly values: readonly (number | null)[];
  /** Of the whole time. */
  readonly total: number | null;
}
