/** Counts the jobs under way in each lane: one slow or dead receiver must not take the slots of the others. */
export class Lanes {
  total = 0;
  readonly #busy = new Map<string, number>();
  readonly #full = new Set<string>();
  /** Of these, jobs wait in the store, as far as this process knows. */
  readonly #waiting = new Set<string>();

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

  /** Whether a job that is made here may begin here: not while older ones of its lane wait. One that may not waits with them. */
  mayBegin(lane: string, perLane: number, slots: number): boolean {
    const may = !this.#waiting.has(lane) && this.hasRoom(lane, perLane, slots);
    if (!may) this.#waiting.add(lane);
    return may;
  }

  /** A claim has found all that is due, but no more of a lane than it was offered. @param offered to any lane that is not in `room` */
  found(jobs: readonly { readonly lane: string }[], room: ReadonlyMap<string, number>, offered: number): void {
    const got = new Map<string, number>();
    for (const { lane } of jobs) got.set(lane, (got.get(lane) ?? 0) + 1);
    const gotAll = (lane: string): boolean => (got.get(lane) ?? 0) >= Math.min(room.get(lane) ?? offered, offered);
    // More of it may be due.
    for (const lane of got.keys()) if (gotAll(lane)) this.#full.add(lane);
    for (const lane of this.#waiting) if (!gotAll(lane)) this.#waiting.delete(lane);
  }

  /** True once after the lane was full, or got all that it was offered: its next jobs need not wait for the poll. */
  wasFull(lane: string): boolean {
    return this.#full.delete(lane);
  }
}
