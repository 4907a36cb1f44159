import { describe, expect, it } from "vitest";
import { HOUR } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import type { CaseKind } from "../../core/case-kinds.ts";
import { newId } from "../../core/ids.ts";
import type { Case, Scope } from "../../core/model.ts";
import { case_ } from "../../storage/conformance/rows.testing.ts";
import { CASES_AT_ONCE_MAX, resolveCases, type CasesWish } from "./resolve-many.ts";
import { resolveCase } from "./resolve.ts";

const resolution = { reason: "The gateway was down; all were looked at.", by: "Ann" };
const all: CasesWish = { limit: CASES_AT_ONCE_MAX, dryRun: false };
const read = (answer: { readonly body: string }) => JSON.parse(answer.body) as Record<string, unknown>;

/** Ids begin with their time. */
function caseAt(scope: Scope, kind: CaseKind, { at, n }: { readonly at: number; readonly n: number }): Case {
  return case_(scope, { kind, id: newId("case", at, new Uint8Array(16).fill(n + 1)), subject: `att_${n}`, openedAt: at });
}

/** Two kinds, an hour between each and the next one. */
async function troubled() {
  const world = new World();
  const scope = world.caller().scope;
  const cases = (["overdue", "overdue", "unknown_outcome", "overdue"] as const).map((kind, n) =>
    caseAt(scope, kind, { at: world.clock.now() + n * HOUR, n }),
  );
  await world.deps.store.commit({ ...scope, cases: { open: cases } });
  const status = async () => Promise.all(cases.map(async ({ id }) => (await world.deps.store.case(scope, { id }))!.status));
  return { world, scope, cases, status };
}

describe("resolving all cases that match", () => {
  it.each<[string, (cases: readonly Case[]) => Partial<CasesWish>, readonly number[]]>([
    ["of a kind", () => ({ kind: "overdue" }), [0, 1, 3]],
    ["before a time", (cases) => ({ before: cases[2]!.openedAt }), [0, 1]],
    ["from a time on", (cases) => ({ from: cases[2]!.openedAt }), [2, 3]],
    ["of a kind and a time", (cases) => ({ kind: "overdue", from: cases[1]!.openedAt, before: cases[3]!.openedAt }), [1]],
    ["of a kind that there is none of", () => ({ kind: "dead_job" }), []],
  ])("%s: counted in a dry run, which changes nothing, then resolved", async (_what, wishOf, expected) => {
    const { world, cases, status } = await troubled();
    const wish = { ...all, ...wishOf(cases) };
    const counted = read(await resolveCases(world.deps, world.caller(), resolution, { ...wish, dryRun: true }));
    expect(counted).toMatchObject({ dry_run: true, matched: expected.length, changed: 0, has_more: false });
    expect(await status()).toEqual(["open", "open", "open", "open"]);
    expect(read(await resolveCases(world.deps, world.caller(), resolution, wish))).toMatchObject({
      matched: expected.length,
      changed: expected.length,
    });
    expect(await status()).toEqual(cases.map((_, n) => (expected.includes(n) ? "resolved" : "open")));
  });

  it("takes the oldest up to its limit, says that there are more, and says in each who it was and why", async () => {
    const { world, scope, cases, status } = await troubled();
    const wish = { ...all, kind: "overdue", limit: 2 } as const;
    expect(read(await resolveCases(world.deps, world.caller(), resolution, wish))).toMatchObject({ changed: 2, has_more: true });
    expect(await status()).toEqual(["resolved", "resolved", "open", "open"]);
    expect(await world.deps.store.case(scope, { id: cases[0]!.id })).toMatchObject({
      resolvedBy: "person",
      resolvedByName: "Ann",
      resolution: resolution.reason,
    });
    expect(read(await resolveCases(world.deps, world.caller(), resolution, wish))).toMatchObject({ changed: 1, has_more: false });
  });

  it("once for a key: the same request gets the same answer, and what came meanwhile stays open", async () => {
    const { world, scope, status } = await troubled();
    const first = await resolveCases(world.deps, world.caller("key"), resolution, { ...all, kind: "unknown_outcome" });
    await world.deps.store.commit({ ...scope, cases: { open: [caseAt(scope, "unknown_outcome", { at: world.clock.now(), n: 9 })] } });
    const again = await resolveCases(world.deps, world.caller("key"), resolution, { ...all, kind: "unknown_outcome" });
    expect([again.body, again.replayed]).toEqual([first.body, true]);
    expect((await status()).filter((each) => each === "resolved")).toHaveLength(1);
  });

  it("leaves those alone that somebody has resolved, and says nothing in another's name", async () => {
    const { world, scope, cases } = await troubled();
    await resolveCase(world.deps, scope, cases[0]!.id, { reason: "Mine.", by: "Bob" });
    expect(read(await resolveCases(world.deps, world.caller(), resolution, { ...all, kind: "overdue" }))).toMatchObject({ changed: 2 });
    expect(await world.deps.store.case(scope, { id: cases[0]!.id })).toMatchObject({ resolvedByName: "Bob", resolution: "Mine." });
  });

  it("is refused without a reason or a name", async () => {
    const { world, status } = await troubled();
    await expect(resolveCases(world.deps, world.caller(), { ...resolution, reason: " " }, all)).rejects.toMatchObject({
      code: "missing_field",
    });
    expect(await status()).toEqual(["open", "open", "open", "open"]);
  });
});
