/** Row 18: who can write to the database, and to an export, changes nothing unseen. */
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { leafOf, proofOf, rootOf, type Span } from "./merkle.ts";
import { MARK_BYTES, NO_SEAL, sealHash, sealLine, type Seal } from "./seals.ts";
import { auditVerifier, LEFT_OUT, type Checks } from "./verify.ts";

const KEY = "key of the auditor";
const macOf = (key: string) => (hash: string) => createHmac("sha256", key).update(hash).digest("hex");
const T0 = Date.UTC(2026, 10, 28);

/** What an attacker could make as well, but for the key. */
function chainOf(rows: readonly string[], sizes: readonly number[], key = KEY): Seal[] {
  const seals: Seal[] = [];
  let first = 0;
  for (const size of sizes) {
    const leaves = rows.slice(first, first + size).map(leafOf);
    const sealed = {
      merchantId: "mer_1",
      n: seals.length + 1,
      firstRow: first + 1,
      count: size,
      from: T0,
      until: T0 + 1,
      root: rootOf(leaves).toString("hex"),
      previous: seals.at(-1)?.hash ?? NO_SEAL,
      sealedAt: T0 + first,
    };
    const hash = sealHash(sealed);
    const marks = Buffer.concat(leaves.map((leaf) => leaf.subarray(0, MARK_BYTES))).toString("base64");
    seals.push({ ...sealed, hash, mac: macOf(key)(hash), lastCommitted: "1", lastId: "x", marks });
    first += size;
  }
  return seals;
}

interface File {
  readonly rows: readonly string[];
  readonly seals: readonly Seal[];
  readonly from?: number;
  /** Places in the chain, of a part. */
  readonly shown?: (place: number) => boolean;
}

function linesOf({ rows, seals, from, shown }: File): string[] {
  const lines = [JSON.stringify({ object: "audit_export", form: 1, merchant_id: "mer_1", from: from ?? null, until: null })];
  let count = 0;
  for (const seal of seals) {
    const own = rows.slice(seal.firstRow - 1, seal.firstRow - 1 + seal.count);
    const spans: Span[] = own.flatMap((_, i) => (shown?.(seal.firstRow - 1 + i) ? [{ from: i, to: i + 1 }] : []));
    const visible = shown ? own.filter((_, i) => shown(seal.firstRow - 1 + i)) : own;
    count += visible.length;
    lines.push(...visible, sealLine(seal, shown ? { shown: spans, proof: proofOf(own.map(leafOf), spans) } : null));
  }
  return [...lines, JSON.stringify({ object: "audit_export_end", rows: count, seals: seals.length })];
}

const row = (n: number, data = `paid ${n}`) => JSON.stringify({ object: n % 3 === 0 ? "admin_action" : "event", id: `row_${n}`, data });
const rows = Array.from({ length: 20 }, (_, i) => row(i + 1));
const sizes = [7, 1, 12];
const seals = chainOf(rows, sizes);
const whole = linesOf({ rows, seals });
const head = seals.at(-1)!.hash;

function verify(lines: readonly string[], checks: Partial<Checks> = {}) {
  const verifier = auditVerifier({ mac: macOf(KEY), head: null, ...checks });
  for (const line of lines) if (!verifier.line(line)) break;
  return verifier.result();
}

const without = (lines: readonly string[], place: number) => lines.toSpliced(place, 1);
const at = (id: string) => whole.findIndex((line) => line.includes(`"${id}"`));

describe("an export that nobody touched", () => {
  it("is whole, and says how many rows and seals, and its newest hash", () => {
    expect(verify(whole, { head })).toMatchObject({ broken: null, rows: 20, seals: 3, unsealed: 0, head });
  });

  it("says what it could not show: without the key who sealed, without a noted hash whether newer seals are gone", () => {
    expect(verify(whole, { mac: null }).notes).toEqual([expect.stringContaining("who made the seals"), expect.stringContaining("--head")]);
    expect(verify(whole, { head }).notes).toEqual([expect.stringContaining("seal 3 of 3")]);
  });

  it("may have rows at its end that no seal names yet, and counts them", () => {
    const lines = [...whole.slice(0, -1), row(21), JSON.stringify({ object: "audit_export_end", rows: 21, seals: 3 })];
    expect(verify(lines)).toMatchObject({ broken: null, unsealed: 1 });
  });

  it("says so if its last line says that newer rows are not in it", () => {
    const lines = [...whole.slice(0, -1), JSON.stringify({ object: "audit_export_end", rows: 20, seals: 3, left_out: true })];
    expect(verify(lines)).toMatchObject({ broken: null, notes: expect.arrayContaining([LEFT_OUT]) });
    expect(verify(whole).notes).not.toContain(LEFT_OUT);
  });
});

describe("tampering", () => {
  it("edit: a changed row is named (security row 18)", () => {
    const edited = whole.map((line) => (line.includes('"row_11"') ? row(11, "paid 1") : line));
    expect(verify(edited, { mac: null }).broken).toEqual({
      line: at("row_11") + 1,
      what: expect.stringContaining("row_11 is not what was sealed"),
    });
  });

  it("delete: the place of a removed row is named (security row 18)", () => {
    expect(verify(without(whole, at("row_4"))).broken).toEqual({
      line: at("row_5"),
      what: "Row 4 is missing, before row_5.",
    });
    expect(verify(without(whole, at("row_20"))).broken?.what).toBe("Row 20, the last of seal 3 here, is missing.");
    expect(verify([...whole.slice(0, at("row_20")), row(99), ...whole.slice(at("row_20"))]).broken?.what).toContain("row_99 was added");
  });

  it("reorder: rows and seals that changed places are named (security row 18)", () => {
    const moved = whole.with(at("row_2"), rows[4]!).with(at("row_5"), rows[1]!);
    expect(verify(moved).broken).toEqual({ line: at("row_2") + 1, what: expect.stringContaining("Row row_5 stands in another place") });
    const [one, two, three] = seals as [Seal, Seal, Seal];
    expect(verify(linesOf({ rows, seals: [one, three, two] })).broken?.what).toContain("Seal 3 follows seal 1");
  });

  it("truncate: a file without its end, and a chain without its newest seals, are seen; the latter by a noted hash (security row 18)", () => {
    expect(verify(whole.slice(0, -3)).broken?.what).toContain("no end");
    const shorter = linesOf({ rows: rows.slice(0, 8), seals: seals.slice(0, 2) });
    expect(verify(shorter).broken).toBeNull();
    expect(verify(shorter, { head }).broken?.what).toContain("No seal has the noted hash");
    expect(verify(linesOf({ rows, seals: seals.slice(1) })).broken?.what).toContain("those before it are missing");
  });

  it("re-chain: seals that were made anew over changed rows fail by the key, and without it by a noted hash (security row 18)", () => {
    const changed = rows.with(10, row(11, "paid 1"));
    const forged = linesOf({ rows: changed, seals: chainOf(changed, sizes, "a guess") });
    expect(verify(forged, { mac: null }).broken).toBeNull();
    expect(verify(forged).broken?.what).toContain("Seal 1 was not made by the holder of the key");
    expect(verify(forged, { mac: null, head }).broken?.what).toContain("the chain was made anew");
  });

  it.each<[string, (seal: Seal) => Seal]>([
    ["count", (seal) => ({ ...seal, count: seal.count - 1 })],
    ["root", (seal) => ({ ...seal, root: NO_SEAL })],
    ["previous", (seal) => ({ ...seal, previous: NO_SEAL })],
    ["time", (seal) => ({ ...seal, sealedAt: seal.sealedAt + 1 })],
    ["mac", (seal) => ({ ...seal, mac: NO_SEAL })],
  ])("of the %s of a seal is seen", (_name, change) => {
    expect(verify(linesOf({ rows, seals: seals.with(1, change(seals[1]!)) })).broken).not.toBeNull();
  });
});

describe("a part of the log", () => {
  const shown = (place: number) => place >= 3 && place < 15 && place !== 9;

  it("is proven to be in its seals by the hashes of what is left out", () => {
    const part = linesOf({ rows, seals, from: T0, shown });
    expect(verify(part)).toMatchObject({ broken: null, rows: 11, seals: 3 });
    expect(part.join("\n")).not.toContain('"row_10"');
  });

  it("names a row of it that was changed, removed or added", () => {
    const part = linesOf({ rows, seals, from: T0, shown });
    const place = part.findIndex((line) => line.includes('"row_12"'));
    expect(verify(part.with(place, row(12, "paid 1"))).broken?.what).toContain("row_12 is not what was sealed");
    expect(verify(without(part, place)).broken?.what).toBe("Row 12 is missing, before row_13.");
  });

  it.each([1, 2, 3, 5, 8, 13])("of %i rows: each row alone has a proof no longer than its tree is deep", (count) => {
    const some = rows.slice(0, count);
    for (let n = 0; n < count; n++) {
      const [seal] = chainOf(some, [count]);
      const one = linesOf({ rows: some, seals: [seal!], from: T0, shown: (place) => place === n });
      expect(verify(one).broken).toBeNull();
      expect(proofOf(some.map(leafOf), [{ from: n, to: n + 1 }]).length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
    }
  });
});
