/** A person resolves all open cases that match: after an outage many say the same. */
import { caseKinds, type CaseKind } from "../../core/case-kinds.ts";
import type { Move } from "../../core/change.ts";
import { decideResolve, type Resolution } from "../../core/decide/case.ts";
import { TillwayError } from "../../core/errors.ts";
import { firstIdAt } from "../../core/ids.ts";
import type { Case, Ms } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import { contextOf, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { deeds, inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export interface CasesWish {
  /** Left out: of any kind. */
  readonly kind?: CaseKind;
  /** When they were opened. */
  readonly from?: Ms;
  readonly before?: Ms;
  /** `CASES_AT_ONCE_MAX` at most. */
  readonly limit: number;
  /** Only counts. */
  readonly dryRun: boolean;
}

export const CASES_AT_ONCE_MAX = 1_000;
/** Of many at once, in the record of admin actions; each case says itself who resolved it. */
const IDS_NOTED = 20;

/**
 * The oldest first, in one commit with the caller's key. Each is resolved as `resolveCase` does it. Throws `TillwayError` missing_field without a
 * reason or a name; `Contended` if others were faster each time.
 */
export function resolveCases(deps: Deps, caller: Caller, resolution: Resolution, wish: CasesWish): Promise<Answer> {
  return untilFirst(`the cases of ${caller.scope.merchantId}`, async () => {
    const stored = await storedAnswer(deps, caller);
    if (stored) return stored.answer ?? inProgress();
    const found = await matching(deps, caller, wish);
    const cases = found.slice(0, wish.limit);
    const { now } = contextOf(deps);
    const moves = cases.map((row) => moveOf(row, resolution, now));
    const body = JSON.stringify({
      object: "case_resolutions",
      dry_run: wish.dryRun,
      matched: cases.length,
      changed: wish.dryRun ? 0 : cases.length,
      // A dry run would find the same again.
      has_more: !wish.dryRun && found.length > cases.length,
      oldest_at: cases.length === 0 ? null : iso(cases[0]!.openedAt),
      newest_at: cases.length === 0 ? null : iso(cases.at(-1)!.openedAt),
    });
    const answer = { status: 200, body, replayed: false };
    // A dry run changes nothing and takes no key: the same request without it is another one.
    if (wish.dryRun || (cases.length === 0 && !caller.idempotency)) return answer;
    const after = {
      count: cases.length,
      first: cases.slice(0, IDS_NOTED).map(({ id }) => id),
      reason: resolution.reason,
      by: resolution.by,
    };
    const actions = deeds(deps, caller, [
      { action: "case.resolved", subject: cases.length === 1 ? cases[0]!.id : "cases", before: null, after },
    ]);
    const idempotency = rowFor(deps, caller, { subject: null, answerBody: body });
    if ((await deps.store.handleLetters({ ...caller.scope, cases: moves, actions, idempotency })) !== "applied") return null;
    const { scope, requestId } = caller;
    deps.log.info(
      { merchant_id: scope.merchantId, mode: scope.mode, request_id: requestId, count: cases.length, by: resolution.by },
      "cases were resolved",
    );
    return answer;
  });
}

/** Open ones, at most one more than the limit, which says that there are more. */
function matching({ store }: Deps, { scope }: Caller, { kind, from, before, limit }: CasesWish): Promise<readonly Case[]> {
  const kinds = kind === undefined ? (Object.keys(caseKinds) as CaseKind[]) : [kind];
  const idFrom = from === undefined ? undefined : firstIdAt("case", from);
  const idBefore = before === undefined ? undefined : firstIdAt("case", before);
  return store.letters(scope, { kinds, idFrom, idBefore, limit: Math.min(limit, CASES_AT_ONCE_MAX) + 1 });
}

function moveOf(row: Case, resolution: Resolution, now: Ms): Move<Case> {
  const decided = decideResolve(row, resolution, now);
  if ("refusal" in decided) throw new TillwayError(decided.refusal.code, decided.refusal);
  return decided.change.case;
}
