/** Moving exchanges: what leaves the database, and when. The stores are stubs that keep rows in a map. */
import { describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { numberedId } from "../../../../test/support/flows/rows.ts";
import type { Exchange } from "../../core/model.ts";
import type { Archive, Outbox, RefusedExchange } from "../../core/ports/archive.ts";
import { createMover } from "./archive.ts";

const BATCH = 500;
const TEN_MINUTES = 600_000;
const going = new AbortController().signal;

class Stores {
  readonly world = new World();
  readonly rows = new Map<string, Exchange>();
  readonly kept = new Map<string, Exchange>();
  readonly writes: number[] = [];
  refuses: (id: string) => boolean = () => false;
  isAway = false;
  owner: string | null = null;
  #n = 0;

  add(count: number): string[] {
    const ids = Array.from({ length: count }, () => numberedId("exc", ++this.#n));
    for (const id of ids) this.rows.set(id, { id } as Exchange);
    return ids;
  }

  mover() {
    const outbox: Outbox = {
      lease: async (token) => (this.owner ??= token) === token,
      next: async (after, limit) =>
        [...this.rows.values()]
          .filter(({ id }) => id > after)
          .toSorted((a, b) => (a.id < b.id ? -1 : 1))
          .slice(0, limit),
      remove: async (ids) => {
        // Whatever goes wrong, nothing leaves that is not kept elsewhere.
        for (const id of ids) expect(this.kept.has(id)).toBe(true);
        for (const id of ids) this.rows.delete(id);
      },
      waiting: async () => ({ count: this.rows.size, oldestAt: null }),
    };
    const archive: Pick<Archive, "write"> = {
      write: async (rows) => {
        this.writes.push(rows.length);
        if (this.isAway) throw new Error("no server");
        const refused: RefusedExchange[] = [];
        for (const row of rows)
          if (this.refuses(row.id)) refused.push({ id: row.id, reason: "121 not valid" });
          else this.kept.set(row.id, row);
        return refused;
      },
    };
    return createMover(this.world.deps, { outbox, archive: archive as Archive });
  }

  told(): string[] {
    return this.world.logs.map(({ message }) => message);
  }
}

describe("the mover", () => {
  it("moves all that waits in batches, and nothing twice", async () => {
    const at = new Stores();
    at.add(2 * BATCH + 1);
    expect(await at.mover().move(going)).toBe(false);
    expect([at.rows.size, at.kept.size, at.writes]).toEqual([0, 2 * BATCH + 1, [BATCH, BATCH, 1]]);
  });

  it("says that there is more after twenty batches, and asks nobody if nothing waits", async () => {
    const at = new Stores();
    const mover = at.mover();
    expect(await mover.move(going)).toBe(false);
    expect(at.writes).toEqual([]);
    at.add(20 * BATCH);
    expect(await mover.move(going)).toBe(true);
    expect(at.rows.size).toBe(0);
  });

  it("removes nothing while the archive is away, tells of its loss and of its return once each, and then moves all", async () => {
    const at = new Stores();
    const mover = at.mover();
    at.add(3);
    at.isAway = true;
    for (let n = 0; n < 3; n++) expect(await mover.move(going)).toBe(false);
    expect([at.rows.size, at.told()]).toEqual([3, ["the audit store is away: exchanges stay in the database until it is back"]]);
    at.isAway = false;
    await mover.move(going);
    expect([at.rows.size, at.kept.size, at.told().at(-1)]).toEqual([0, 3, "the audit store is back: exchanges are moved again"]);
    await mover.move(going);
    expect(at.told()).toHaveLength(2);
  });

  it("one that is refused stays and holds up no other, not even a full batch of them, and is sent again after ten minutes", async () => {
    const at = new Stores();
    const mover = at.mover();
    const bad = new Set(at.add(BATCH));
    at.refuses = (id) => bad.has(id);
    at.add(2);
    await mover.move(going);
    expect([at.rows.size, at.kept.size]).toEqual([BATCH, 2]);
    await mover.move(going);
    expect(at.writes).toEqual([BATCH, 2]);
    expect(at.told()).toEqual(["the audit store refused exchanges; they stay in the database"]);
    at.refuses = () => false;
    at.world.clock.jump(TEN_MINUTES);
    await mover.move(going);
    expect([at.rows.size, at.kept.size]).toEqual([0, BATCH + 2]);
  });

  it("leaves it to the process that has the lease, and ends when it is asked to", async () => {
    const at = new Stores();
    at.add(1);
    at.owner = "another";
    expect(await at.mover().move(going)).toBe(false);
    expect(at.rows.size).toBe(1);
    at.owner = null;
    expect(await at.mover().move(AbortSignal.abort())).toBe(false);
    expect(at.rows.size).toBe(1);
  });
});
