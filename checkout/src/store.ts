/** Holds the state. Whoever changes it says so by an action; whoever shows it is told. */
import { initialState, reduce, type Action, type State } from "./state.ts";

export interface Store {
  get(): State;
  dispatch(action: Action): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(first: Partial<State> = {}): Store {
  let state = initialState(first);
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
