/**
 * A state machine as data: what is not in its moves is refused, where decisions assert it. The documents are generated from it and the
 * tests read it; the database's CHECK constraints name the same states.
 */
export interface Machine<State extends string> {
  readonly name: string;
  readonly states: Readonly<Record<State, StateNote>>;
  readonly moves: readonly Move<State>[];
}

export interface StateNote {
  /** Who enters and what owns it while it lasts. */
  readonly note: string;
  /** Nothing leaves it. */
  readonly terminal: boolean;
}

export interface Move<State extends string> {
  readonly from: State;
  readonly to: State;
  readonly when: string;
}

export function mayMove<State extends string>(machine: Machine<State>, from: State, to: State): boolean {
  return machine.moves.some((move) => move.from === from && move.to === to);
}

/** Throws where a decision would make an illegal move: that is a bug of ours, never an input's fault. */
export function assertMove<State extends string>(machine: Machine<State>, from: State, to: State): void {
  if (!mayMove(machine, from, to)) throw new Error(`illegal move of ${machine.name}: ${from} → ${to}`);
}

/** Every pair of the cross product, as one rule in words. */
export function moves<State extends string>(from: readonly State[], to: readonly State[], when: string): Move<State>[] {
  return from.flatMap((a) => to.filter((b) => b !== a).map((b) => ({ from: a, to: b, when })));
}
