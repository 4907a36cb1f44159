/** A binary heap: the first one is at hand, and neither an addition nor a removal walks over all. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #isBefore: (one: Item, other: Item) => boolean;

  /** @param isBefore a strict order; of items that are equal by it any may come first */
  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  /** The first one, which stays. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let child = items.length;
    items.push(item);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(item, items[parent]!)) break;
      items[child] = items[parent]!;
      child = parent;
    }
    items[child] = item;
  }

  /** The first one, taken out. */
  pop(): Item | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  /** Puts the item at the top and lets it sink to its place. */
  #sink(item: Item): void {
    const items = this.#items;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#isBefore(items[child + 1]!, items[child]!)) child++;
      if (!this.#isBefore(items[child]!, item)) break;
      items[parent] = items[child]!;
      parent = child;
    }
    items[parent] = item;
  }
}

/** Items and their due times, the earliest first. A heap, since thousands may wait. */
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

/** The same id may be in the list more than once: its owner checks whether it is still wanted when it is due. */
export function createDueList(): DueList {
  const heap = new Heap<Due>((one, other) => one.at < other.at);
  return {
    add: (id, at) => heap.push({ id, at }),
    take: (now) => ((heap.peek()?.at ?? Infinity) > now ? null : (heap.pop()?.id ?? null)),
    nextAt: () => heap.peek()?.at ?? null,
  };
}
