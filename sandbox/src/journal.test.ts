import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mountSmallDisk, NO_SMALL_DISK } from "./disk.testing.ts";
import { journalOn, openJournal, type Journal } from "./journal.ts";
import type { Entry } from "./ledger.ts";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-"));
  path = join(folder, "sandbox.journal");
});
afterEach(() => rm(folder, { recursive: true }));

const sighting = (key: string): Entry => ({ kind: "sighting", account: "acc_1", key });

async function reopened(): Promise<Entry[]> {
  const entries: Entry[] = [];
  await (await openJournal(path, (entry) => entries.push(entry))).close();
  return entries;
}

describe("the journal", () => {
  it("returns all entries at the next start, in order", async () => {
    const journal = await openJournal(path, () => undefined);
    const keys = Array.from({ length: 500 }, (_, n) => `key-${n}-ü`);
    await Promise.all(keys.map((key) => journal.append([sighting(key)])));
    await journal.close();
    expect(await reopened()).toEqual(keys.map(sighting));
  });

  it("has each entry on disk when its append resolves, and appends that meet share one write", async () => {
    const journal = await openJournal(path, () => undefined);
    const first = journal.append([sighting("one"), sighting("two")]);
    const second = journal.append([sighting("three")]);
    expect(second).toBe(first);
    await first;
    expect((await readFile(path, "utf8")).split("\n")).toHaveLength(4);
    await journal.close();
  });

  it("resolves only after the disk has synced, and writes entries that arrive meanwhile in the next group", async () => {
    const calls: string[] = [];
    let safe = (): void => undefined;
    const journal = journalOn(
      {
        appendFile: (text) => Promise.resolve(void calls.push(`write ${String(text).split("\n").length - 1}`)),
        datasync: () => new Promise<void>((resolve) => (safe = resolve)).then(() => void calls.push("sync")),
        truncate: () => Promise.reject(new Error("nothing failed")),
        close: () => Promise.resolve(),
      },
      0,
    );
    const first = journal.append([sighting("one")]).then(() => calls.push("first"));
    await expect.poll(() => calls).toEqual(["write 1"]);
    const others = Promise.all([journal.append([sighting("two")]), journal.append([sighting("three")])]).then(() => calls.push("others"));
    safe();
    await first;
    await expect.poll(() => calls.includes("write 2")).toBe(true);
    safe();
    await others;
    // One sync resolves both, in either order.
    expect(calls.filter((call) => call !== "first")).toEqual(["write 1", "sync", "write 2", "sync", "others"]);
    expect(calls.indexOf("first")).toBeGreaterThan(calls.indexOf("sync"));
  });

  it("makes a question wait for the entries before it, and only for those", async () => {
    const journal = await openJournal(path, () => undefined);
    const order: string[] = [];
    await journal.append([]).then(() => order.push("nothing to wait for"));
    const written = journal.append([sighting("one")]).then(() => order.push("written"));
    const asked = journal.append([]).then(() => order.push("asked"));
    await Promise.all([written, asked]);
    expect(order).toEqual(["nothing to wait for", "written", "asked"]);
    await journal.close();
  });

  it("cuts off a torn last line and goes on after it", async () => {
    const journal = await openJournal(path, () => undefined);
    await journal.append([sighting("one")]);
    await journal.close();
    const whole = (await stat(path)).size;
    await appendFile(path, '{"kind":"sighting","acc');
    expect(await reopened()).toEqual([sighting("one")]);
    expect((await stat(path)).size).toBe(whole);
    const again = await openJournal(path, () => undefined);
    await again.append([sighting("two")]);
    await again.close();
    expect(await reopened()).toEqual([sighting("one"), sighting("two")]);
  });

  it("reads lines that are longer than one block of the file", async () => {
    const long = sighting("k".repeat(2_500_000));
    const journal = await openJournal(path, () => undefined);
    await journal.append([sighting("one"), long, sighting("two")]);
    await journal.close();
    expect(await reopened()).toEqual([sighting("one"), long, sighting("two")]);
  });

  it("refuses a file that is damaged before its end, naming the line", async () => {
    await writeFile(path, `${JSON.stringify(sighting("one"))}\n{broken\n${JSON.stringify(sighting("two"))}\n`);
    await expect(reopened()).rejects.toThrow("line 2");
  });

  describe("is replaced by a shorter one", () => {
    const shorter = [sighting("kept-1"), sighting("kept-2")];

    /** Opens it so, appends, and returns what stands there afterwards. */
    async function replacedBy(entries: Iterable<Entry> | null): Promise<{ lines: number; after: Entry[] }> {
      let lines = -1;
      const journal = await openJournal(
        path,
        () => undefined,
        (count) => {
          lines = count;
          return entries;
        },
      );
      await journal.append([sighting("appended")]);
      await journal.close();
      return { lines, after: await reopened() };
    }

    beforeEach(async () => {
      const journal = await openJournal(path, () => undefined);
      await journal.append([sighting("one"), sighting("two"), sighting("three")]);
      await journal.close();
    });

    it("which holds the given entries, then the appended ones; only its owner may read it", async () => {
      expect(await replacedBy(shorter)).toEqual({ lines: 3, after: [...shorter, sighting("appended")] });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(["sandbox.journal"]);
    });

    it("also if that is longer than one block", async () => {
      const long = Array.from({ length: 20_000 }, (_, n) => sighting(`kept-${n}-${"k".repeat(100)}`));
      expect((await replacedBy(long)).after).toEqual([...long, sighting("appended")]);
    });

    it("only if a shorter one is given", async () => {
      expect((await replacedBy(null)).after).toEqual(["one", "two", "three", "appended"].map(sighting));
    });

    it("not if it could not be written: the old one goes on", async () => {
      function* failing(): Generator<Entry> {
        yield sighting("kept-1");
        throw new Error("ENOSPC");
      }
      expect((await replacedBy(failing())).after).toEqual(["one", "two", "three", "appended"].map(sighting));
      expect(await readdir(folder)).toEqual(["sandbox.journal"]);
    });

    it("not if a directory has its name", async () => {
      await mkdir(`${path}.new`);
      await expect(reopened()).rejects.toThrow(/EISDIR|directory|EPERM/);
    });

    it.each([
      ["half", `${JSON.stringify(sighting("kept-1"))}\n{"kind":"sigh`],
      ["whole", shorter.map((entry) => `${JSON.stringify(entry)}\n`).join("")],
      ["not at all", ""],
    ])("not by one that a crash left beside it, %s written", async (_, text) => {
      await writeFile(`${path}.new`, text);
      expect(await reopened()).toEqual(["one", "two", "three"].map(sighting));
      expect(await readdir(folder)).toEqual(["sandbox.journal"]);
    });

    it("never if it is damaged", async () => {
      await appendFile(path, "{broken\n{}\n");
      await expect(replacedBy(shorter)).rejects.toThrow("line 4");
      expect(await readFile(path, "utf8")).toContain('"one"');
    });
  });

  describe("on a disk that fails", () => {
    type Call = "appendFile" | "datasync" | "truncate";

    /** A real file, of which one call fails while a test wants it; a write that fails leaves half of its text. */
    async function onFailing(): Promise<{ journal: Journal; fail: (call: Call | null) => void }> {
      const handle = await open(path, "a");
      let failing: Call | null = null;
      const failingFile = {
        async appendFile(text: unknown) {
          const whole = String(text);
          await handle.appendFile(failing === "appendFile" ? whole.slice(0, whole.length / 2) : whole);
          if (failing === "appendFile") throw new Error("ENOSPC");
        },
        datasync: () => (failing === "datasync" ? Promise.reject(new Error("EIO")) : handle.datasync()),
        truncate: (size?: number) => (failing === "truncate" ? Promise.reject(new Error("EROFS")) : handle.truncate(size)),
        close: () => handle.close(),
      };
      return { journal: journalOn(failingFile, (await handle.stat()).size), fail: (call) => (failing = call) };
    }

    it.each(["appendFile", "datasync"] as const)(
      "acknowledges nothing while %s fails, and heals by itself after that (F4)",
      async (call) => {
        await writeFile(path, `${JSON.stringify(sighting("before"))}\n`);
        const { journal, fail } = await onFailing();
        await journal.append([sighting("one")]);
        fail(call);
        await expect(journal.append([sighting("two-ü"), sighting("three")])).rejects.toThrow();
        await expect(journal.append([])).rejects.toThrow();
        await expect(journal.append([sighting("four")])).rejects.toThrow();
        expect(journal.isBehind()).toBe(true);
        fail(null);
        await journal.append([]);
        expect(journal.isBehind()).toBe(false);
        await journal.append([sighting("five")]);
        await journal.close();
        expect(await reopened()).toEqual(["before", "one", "two-ü", "three", "four", "five"].map(sighting));
      },
    );

    it("appends nothing to half a line that it cannot cut off", async () => {
      const { journal, fail } = await onFailing();
      fail("appendFile");
      await expect(journal.append([sighting("one")])).rejects.toThrow("ENOSPC");
      const half = (await stat(path)).size;
      fail("truncate");
      await expect(journal.append([sighting("two")])).rejects.toThrow("EROFS");
      expect((await stat(path)).size).toBe(half);
      fail(null);
      await journal.append([]);
      await journal.close();
      expect(await reopened()).toEqual(["one", "two"].map(sighting));
    });

    it("goes on by itself once a full disk has room again (F4)", async (test) => {
      const disk = mountSmallDisk(join(folder, "disk"));
      if (disk === null) return test.skip(NO_SMALL_DISK);
      try {
        path = join(folder, "disk", "sandbox.journal");
        const journal = await openJournal(path, () => undefined);
        const filler = join(folder, "disk", "filler");
        await writeFile(filler, Buffer.alloc(48 * 1_024));
        const kept: string[] = [];
        let failed = 0;
        for (let n = 0; n < 400; n++) {
          const key = `key-${n}-${"k".repeat(100)}`;
          kept.push(key);
          await journal.append([sighting(key)]).catch(() => (failed += 1));
          if (n === 300) await rm(filler);
        }
        expect(failed).toBeGreaterThan(50);
        expect(failed).toBeLessThan(300);
        await journal.close();
        expect(await reopened()).toEqual(kept.map(sighting));
      } finally {
        disk.unmount();
      }
    });
  });

  it("acknowledges nothing after it was closed", async () => {
    const journal = await openJournal(path, () => undefined);
    await journal.append([sighting("one")]);
    await journal.close();
    await expect(journal.append([sighting("two")])).rejects.toThrow();
    await expect(journal.append([])).rejects.toThrow();
  });
});
