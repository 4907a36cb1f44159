import { decideResolve, type Resolution } from "../../core/decide/case.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Case, Scope } from "../../core/model.ts";
import { commit, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";

/**
 * A person resolves a case. Of two who do so at once the second is refused, and reads what the first one wrote. Throws `TillwayError`
 * not_found, invalid_state if the case is resolved already, missing_field without a reason or a name; `Contended` if others were faster
 * each time.
 */
export function resolveCase(deps: Deps, scope: Scope, caseId: string, resolution: Resolution): Promise<Case> {
  return untilFirst(caseId, async () => {
    const before = await deps.store.case(scope, { id: caseId });
    if (!before) throw new TillwayError("not_found", { param: "id" });
    const decided = decideResolve(before, resolution, deps.clock.now());
    if ("refusal" in decided) throw new TillwayError(decided.refusal.code, decided.refusal);
    return (await commit(deps, decided.change)) === "applied" ? decided.change.case.after : null;
  });
}
