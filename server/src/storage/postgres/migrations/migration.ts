/** One step of the schema. Once released it never changes; what it got wrong, a later one puts right. */
export interface Migration {
  /** 1, 2, … without gaps. */
  readonly id: number;
  readonly name: string;
  /** Why it is needed; kept beside the record of its being applied. */
  readonly why: string;
  readonly sql: string;
}
