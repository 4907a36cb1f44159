/** One step of the schema. Once released it never changes; what it got wrong, a later one puts right. */
export interface Migration {
  /** 1, 2, … without gaps. */
  readonly id: number;
  readonly name: string;
  /** Why it is needed; kept beside the record of its being applied. */
  readonly why: string;
  readonly sql: string;
  /**
   * The schema of the oldest program that works on this one: it goes on beside the newer one, and may be started again, so that a new version
   * can be taken back. Left out: that of the migration before. One that takes away what older programs use names itself.
   */
  readonly oldestProgram?: number;
}
