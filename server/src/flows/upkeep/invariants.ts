import { answered, newCase } from "../../core/change/parts.ts";
import type { Part } from "../../core/change.ts";
import { INVARIANT_SCOPES_MAX, invariants, INVARIANTS_EVERY_MS, INVARIANTS_GO_MS, subjectOf, type Break } from "../../core/invariants.ts";
import { DAY_MS } from "../../core/constants.ts";
import type { Scope } from "../../core/model.ts";
import type { Invariants } from "../../core/ports/invariants.ts";
import { commit, contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";

/**
 * Looks whether the rows are what they must be, scope by scope, and opens a case for what is not. Returns how many scopes it looked at.
 * One that cannot be looked at now has its turn again later.
 * @param signal asks to end after the scope under way
 */
export async function checkInvariants(deps: Deps, signal?: AbortSignal): Promise<number> {
  const port = deps.invariants;
  if (!port) return 0;
  const beganAt = deps.clock.now();
  let looked = 0;
  // One by one: a process that dies, or has no time left, leaves the others their turns.
  while (looked < INVARIANT_SCOPES_MAX && !signal?.aborted && deps.clock.now() - beganAt < INVARIANTS_GO_MS) {
    const now = deps.clock.now();
    const [scope] = await port.turns(now, now - INVARIANTS_EVERY_MS, 1);
    if (!scope) break;
    await lookAt(deps, port, scope).catch((error: unknown) =>
      deps.log.warn({ merchant_id: scope.merchantId, mode: scope.mode, error: String(error) }, "invariants could not be checked"),
    );
    looked++;
  }
  return looked;
}

/** The cases come first: a process that dies in between finds the same again, and no case twice. */
async function lookAt(deps: Deps, port: Invariants, scope: Scope): Promise<void> {
  const now = deps.clock.now();
  const look = await port.look(scope, { now, toldSince: now - deps.options.retention.deliveriesMs + DAY_MS });
  for (const [subject, rows] of bySubject(look.breaks)) await tell(deps, scope, subject, rows);
  const resolve = look.mended.map((mended) => answered("broken_invariant", subjectOf(mended), contextOf(deps)));
  if (resolve.length > 0) await commitCases(deps, scope, { resolve });
  await port.keep(scope, look);
}

function bySubject(breaks: readonly Break[]): ReadonlyMap<string, readonly Break[]> {
  const found = new Map<string, Break[]>();
  for (const each of breaks) found.set(subjectOf(each), [...(found.get(subjectOf(each)) ?? []), each]);
  return found;
}

/** Unless it is open, or a person has resolved it. */
async function tell(deps: Deps, scope: Scope, subject: string, rows: readonly Break[]): Promise<void> {
  const { invariant, paymentId } = rows[0]!;
  const known = await deps.store.latestCase(scope, { kind: "broken_invariant", subject });
  if (known && (known.status === "open" || known.resolvedBy === "person")) return;
  const evidence = { invariant, rule: invariants[invariant], rows: rows.map(({ row, seen }) => ({ id: row, ...seen })) };
  const summary = `The rows of ${paymentId} break an invariant of money: ${invariants[invariant]}`;
  const content = { kind: "broken_invariant", subject, paymentId, summary, evidence } as const;
  await commitCases(deps, scope, { open: [newCase(scope, content, contextOf(deps))] });
}

async function commitCases(deps: Deps, { merchantId, mode }: Scope, cases: NonNullable<Part["cases"]>): Promise<void> {
  await commit(deps, { merchantId, mode, cases });
}
