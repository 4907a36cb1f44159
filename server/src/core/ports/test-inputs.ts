/** What a simulated gateway takes in the place of real cards and accounts. */
export interface TestInputs {
  /** Whose accounts take them. */
  readonly connector: string;
  /** `outcome`: the name of what then happens; `label`: the same for people. */
  readonly cards: readonly { readonly number: string; readonly outcome: string; readonly label: string }[];
  readonly vpas: readonly { readonly vpa: string; readonly outcome: string; readonly label: string }[];
}
