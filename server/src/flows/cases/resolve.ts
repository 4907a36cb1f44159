import type { By } from "../../core/admin-actions.ts";
import { decideResolve, type Resolution } from "../../core/decide/case.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Case, IdempotencyRow, Scope } from "../../core/model.ts";
import { representCase } from "../../core/represent.ts";
import { commit, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { deeds, inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

/**
 * A person resolves a case. Of two who do so at once the second is refused, and reads what the first one wrote. Throws `TillwayError`
 * not_found, invalid_state if the case is resolved already, missing_field without a reason or a name; `Contended` if others were faster
 * each time.
 */
export async function resolveCase(
  deps: Deps,
  { by, ...scope }: Scope & { readonly by?: By },
  caseId: string,
  resolution: Resolution,
): Promise<Case> {
  const done = await resolved(deps, scope, caseId, { resolution, by, keyFor: () => undefined });
  if (done instanceof TillwayError) throw done;
  return done as Case;
}

/** The same for a caller with an idempotency key: a repeat gets the same answer. */
export async function resolveCaseOnce(deps: Deps, caller: Caller, caseId: string, resolution: Resolution): Promise<Answer> {
  const before = await storedAnswer(deps, caller);
  if (before?.answer) return before.answer;
  const keyFor = (row: Case) => rowFor(deps, caller, { subject: caseId, answerBody: JSON.stringify(representCase(row)) });
  const done = await resolved(deps, caller.scope, caseId, { resolution, by: caller.by, keyFor });
  if (done === "duplicate") return (await storedAnswer(deps, caller))?.answer ?? inProgress();
  // A parallel request with the same key may have been faster, and its success is what we are refused by.
  if (done instanceof TillwayError) return (await storedAnswer(deps, caller))?.answer ?? Promise.reject(done);
  return { status: 200, body: JSON.stringify(representCase(done)), replayed: false };
}

interface Resolving {
  readonly resolution: Resolution;
  readonly by: By | undefined;
  /** The key that is claimed with it. */
  readonly keyFor: (after: Case) => IdempotencyRow | undefined;
}

/** The case as it is then, or why it can't be resolved. */
function resolved(
  deps: Deps,
  scope: Scope,
  caseId: string,
  { resolution, by, keyFor }: Resolving,
): Promise<Case | "duplicate" | TillwayError> {
  return untilFirst(caseId, async () => {
    const before = await deps.store.case(scope, { id: caseId });
    if (!before) throw new TillwayError("not_found", { param: "id" });
    const decided = decideResolve(before, resolution, deps.clock.now());
    if ("refusal" in decided) return new TillwayError(decided.refusal.code, decided.refusal);
    const { after } = decided.change.case;
    const { status, resolution: reason, resolvedByName } = after;
    const actions = deeds(deps, { scope, by }, [
      { action: "case.resolved", subject: caseId, before: { status: before.status }, after: { status, reason, by: resolvedByName } },
    ]);
    const result = await commit(deps, { ...decided.change, actions, idempotency: keyFor(after) });
    return result === "applied" ? after : result === "duplicate" ? result : null;
  });
}
