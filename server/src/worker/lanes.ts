/** Counts the jobs under way in each lane: one slow or dead receiver must not take the slots of the others. */
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

  /** How many more jobs each busy lane may get; while other lanes are busy, none may hold more than half of the slots. */
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

  /** Whether one more job of this lane may begin now, by the same rule. */
  hasRoom(lane: string, perLane: number, slots: number): boolean {
    const busy = this.#busy.get(lane) ?? 0;
    const isAlone = this.#busy.size === (busy > 0 ? 1 : 0);
    const share = isAlone ? perLane : Math.min(perLane, Math.floor(slots / 2));
    if (busy >= share) this.#full.add(lane);
    return busy < share && this.total < slots;
  }

  /** True once after the lane was full, so that its next jobs need not wait for the poll. */
  wasFull(lane: string): boolean {
    return this.#full.delete(lane);
  }
}
