/** How much of each lane this process works on: one slow or dead receiver must not take the slots of the others. */
export class Lanes {
  total = 0;
  readonly #busy = new Map<string, number>();
  readonly #full = new Set<string>();

  enter(lane: string): void {
    this.total++;
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1);
  }

  leave(lane: string): void {
    this.total--;
    const left = (this.#busy.get(lane) ?? 1) - 1;
    if (left === 0) this.#busy.delete(lane);
    else this.#busy.set(lane, left);
  }

  /** How many more jobs each busy lane may get; with other lanes at work none may hold more than half of the slots. */
  room(perLane: number, slots: number): Map<string, number> {
    const share = this.#busy.size > 1 ? Math.min(perLane, Math.floor(slots / 2)) : perLane;
    const room = new Map<string, number>();
    for (const [lane, busy] of this.#busy) {
      const left = Math.max(0, share - busy);
      room.set(lane, left);
      if (left === 0) this.#full.add(lane);
    }
    return room;
  }

  /** True once after the lane was full: its next jobs need not wait for the poll. */
  wasFull(lane: string): boolean {
    return this.#full.delete(lane);
  }
}
