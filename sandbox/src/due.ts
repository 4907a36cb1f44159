import { Heap } from "./heap.ts";

/** What is due when, the earliest first. A heap, since thousands may wait. */
export interface DueList {
  add(id: string, at: number): void;
  /** The earliest whose time has come, off the list. Null: none. */
  take(now: number): string | null;
  /** When the earliest is due. Null: the list is empty. */
  nextAt(): number | null;
}

interface Due {
  readonly id: string;
  readonly at: number;
}

/** The same id may stand there more than once; whether it is still wanted when it is due is for the owner to say. */
export function createDueList(): DueList {
  const heap = new Heap<Due>((one, other) => one.at < other.at);
  return {
    add: (id, at) => heap.push({ id, at }),
    take: (now) => ((heap.peek()?.at ?? Infinity) > now ? null : (heap.pop()?.id ?? null)),
    nextAt: () => heap.peek()?.at ?? null,
  };
}
