/** What people pick dead letters by, as storage takes it. */
import type { DeadLetterFilter } from "../../core/dead-letters.ts";
import { firstIdAt } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

/** An endpoint keeps what was owed to those whose place it took. Undefined: none is asked for. */
export async function namesOfEndpoint(
  { settings }: Pick<Deps, "settings">,
  scope: Scope,
  id: string | undefined,
): Promise<readonly string[] | undefined> {
  if (id === undefined) return undefined;
  const endpoint = (await settings.endpoints(scope)).find((each) => each.id === id);
  return [id, ...(endpoint?.predecessors ?? [])];
}

/** Ids begin with their time. */
export function idsBetween(prefix: "case" | "dlv", { from, before }: Pick<DeadLetterFilter, "from" | "before">) {
  return {
    idFrom: from === undefined ? undefined : firstIdAt(prefix, from),
    idBefore: before === undefined ? undefined : firstIdAt(prefix, before),
  };
}
