/** What happens at one virtual moment. Equal moments happen in the order in which they were planned. */
export interface Planned {
  readonly at: number;
  readonly order: number;
  /** Null once it was called off; it is then dropped when its moment comes. */
  run: (() => void) | null;
}

/** A binary heap by (moment, order). */
export class Heap {
  readonly #items: Planned[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Planned | undefined {
    return this.#items[0];
  }

  push(item: Planned): void {
    const items = this.#items;
    let child = items.length;
    items.push(item);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(item, items[parent]!)) break;
      items[child] = items[parent]!;
      child = parent;
    }
    items[child] = item;
  }

  pop(): Planned | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) sink(items, last);
    return first;
  }
}

function sink(items: Planned[], item: Planned): void {
  let parent = 0;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= items.length) break;
    if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
    if (!before(items[child]!, item)) break;
    items[parent] = items[child]!;
    parent = child;
  }
  items[parent] = item;
}

function before(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
