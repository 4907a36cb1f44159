/** What is due when, the earliest first: a binary heap, so that neither thousands that wait nor a wake-up cost a walk over all. */
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
  const heap: Due[] = [];
  const at = (index: number): number => heap[index]?.at ?? Infinity;

  function swap(one: number, other: number): void {
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }

  function sink(): void {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const least = at(left + 1) < at(left) ? left + 1 : left;
      if (at(least) >= at(index)) return;
      swap(index, least);
      index = least;
    }
  }

  return {
    add(id, dueAt) {
      heap.push({ id, at: dueAt });
      for (let index = heap.length - 1; index > 0;) {
        const parent = (index - 1) >> 1;
        if (at(parent) <= at(index)) return;
        swap(index, parent);
        index = parent;
      }
    },
    take(now) {
      const [first] = heap;
      if (first === undefined || first.at > now) return null;
      const last = heap.pop()!;
      if (heap.length > 0) {
        heap[0] = last;
        sink();
      }
      return first.id;
    },
    nextAt: () => heap[0]?.at ?? null,
  };
}
