/** What must hold of the money, and whether it does. */
import { Type } from "typebox";
import {
  INVARIANT_BREAKS_COUNTED,
  INVARIANT_ROWS_SHOWN,
  invariantIds,
  invariants,
  SWEPT_INVARIANT,
  type InvariantId,
  type InvariantState,
} from "../../core/invariants.ts";
import { iso } from "../../core/represent.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, nullable, resource, shows, strict, time, timestamp } from "../schemas/common.ts";

export function invariantRoutes(api: App, { flows }: ApiDeps): void {
  const schema = {
    operationId: "listInvariants",
    summary: "Show whether the invariants of money hold",
    description:
      "Your rows are checked all the time: what has changed within a minute, and all of them once a day. What breaks an invariant is a case of the kind `broken_invariant` as well, which names the rows.",
    tags: ["Cases"],
    querystring: Type.Object({}),
    response: { 200: shows("InvariantList", "All invariants."), ...errorAnswers("get", []) },
  };
  api.get("/v1/invariants", { onRequest: api.guard("cases.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const scope = scopeOf(request);
    const state = (await flows.invariants?.state(scope)) ?? null;
    const broken = (await flows.invariants?.broken(scope, INVARIANT_BREAKS_COUNTED)) ?? [];
    const rows = new Map(broken.map((each) => [each.invariant, each.rows]));
    const data = invariantIds.map((id) => invariantShown.render({ id, state, rows: rows.get(id) ?? [] }));
    return sendText(reply, 200, JSON.stringify({ object: "list", data, has_more: false, full_pass: passOf(state) }));
  });
}

interface Shown {
  readonly id: InvariantId;
  readonly state: InvariantState | null;
  readonly rows: readonly string[];
}

/** What the sweeps compare has times of its own. */
function timesOf({ id, state }: Shown): Pick<InvariantState, "lastRunAt" | "checkedUpTo"> {
  return (id === SWEPT_INVARIANT ? state?.swept : state) ?? { lastRunAt: null, checkedUpTo: null };
}

const count = (description?: string) => Type.Integer({ format: "int64", minimum: 0, ...(description !== undefined && { description }) });
const looked = ["payments", "attempts", "refunds", "events", "deliveries"] as const;

export const invariantShown = resource<Shown>("Invariant", {
  id: [Type.Enum(invariantIds), ({ id }) => id],
  object: [Type.Literal("invariant"), () => "invariant"],
  rule: [Type.String({ description: "What must hold, in a sentence." }), ({ id }) => invariants[id]],
  status: [
    Type.Enum(["holds", "broken", "not_checked_yet"], {
      description: `\`not_checked_yet\`: your rows were not looked at yet; it takes a minute. \`${SWEPT_INVARIANT}\` waits for the first settlement sweep.`,
    }),
    (shown) => (shown.rows.length > 0 ? "broken" : timesOf(shown).lastRunAt === null ? "not_checked_yet" : "holds"),
  ],
  breaks: [count(`Rows that break it, counted up to ${INVARIANT_BREAKS_COUNTED}.`), ({ rows }) => rows.length],
  rows: [
    Type.Array(Type.String(), { description: `The first ${INVARIANT_ROWS_SHOWN} of them, by id.` }),
    ({ rows }) => rows.slice(0, INVARIANT_ROWS_SHOWN),
  ],
  checked: [
    strict(Object.fromEntries(looked.map((what) => [what, count()])) as Record<(typeof looked)[number], ReturnType<typeof count>>),
    ({ id, state }) => Object.fromEntries(looked.map((what) => [what, id === SWEPT_INVARIANT ? 0 : (state?.looked[what] ?? 0)])),
  ],
  checked_up_to: time<Shown>("What was written before this was checked.", (shown) => timesOf(shown).checkedUpTo),
  last_run_at: time<Shown>("When your rows were looked at last.", (shown) => timesOf(shown).lastRunAt),
  took_ms: [count("How long that took."), ({ id, state }) => (id === SWEPT_INVARIANT ? 0 : (state?.tookMs ?? 0))],
});

function passOf(state: InvariantState | null): Record<string, unknown> {
  const { startedAt = null, finishedAt = null, progress = 0 } = state?.fullPass ?? {};
  return {
    started_at: startedAt === null ? null : iso(startedAt),
    finished_at: finishedAt === null ? null : iso(finishedAt),
    progress: Math.round(progress * 1_000) / 1_000,
  };
}

export const invariantListSchema = component("InvariantList", {
  object: Type.Literal("list"),
  data: Type.Array(Type.Ref("Invariant#")),
  has_more: Type.Boolean(),
  full_pass: strict({
    started_at: nullable(timestamp("When the walk over all your payments, changed or not, began; null: it has not yet.")),
    finished_at: nullable(timestamp("When it ended; null: it is under way. The next one begins a day after the start of this one.")),
    progress: Type.Number({
      minimum: 0,
      maximum: 1,
      examples: [0.42],
      description: "How much of the time since your first payment it has covered.",
    }),
  }),
});
