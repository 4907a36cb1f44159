/** How the gateway of each account is: what this process sees of it now, and what its charges have come to. */
import { Type } from "typebox";
import { accountFigure } from "../../core/analytics.ts";
import type { AccountRow } from "../../core/model.ts";
import type { AccountCount } from "../../core/ports/analytics.ts";
import { iso } from "../../core/represent.ts";
import { figuresOf, type AccountFigures } from "../../flows/health.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { errorAnswers, listOf, nullable, resource, shows, strict, time, timestamp } from "../schemas/common.ts";

const DAY_MS = 86_400_000;

export function connectorHealthRoute(api: App, { flows }: ApiDeps): void {
  const config = { load: "list" } as const;
  api.get("/v1/connector-health", { onRequest: api.guard("config.read"), schema, config }, async (request, reply) => {
    const scope = scopeOf(request);
    const [accounts, counts] = await Promise.all([
      flows.settings.accounts(scope),
      flows.analytics?.ofAccounts(scope, flows.clock.now() - DAY_MS) ?? [],
    ]);
    const open = accounts.filter(({ closedAt }) => closedAt === null);
    const data = open.map((account) => healthShown.render({ account, now: figuresOf(flows, account.id), day: dayOf(counts, account) }));
    return sendText(reply, 200, JSON.stringify({ object: "list", data, has_more: false }));
  });
}

function dayOf(counts: readonly AccountCount[], { id }: AccountRow) {
  return accountFigure(counts.filter(({ accountId }) => accountId === id));
}

interface Shown {
  readonly account: AccountRow;
  readonly now: AccountFigures;
  readonly day: ReturnType<typeof accountFigure>;
}

const int = (description: string) => nullable(Type.Integer({ format: "int64", description }));

export const healthShown = resource<Shown>("ConnectorHealth", {
  object: [Type.Literal("connector_health"), () => "connector_health"],
  account_id: [Type.String(), ({ account }) => account.id],
  state: [
    Type.Enum(["up", "trying", "full", "down"], {
      description:
        "As the process that answers has seen it: `down`: its breaker is open, and payments go elsewhere where they can; `trying`: one payment at " +
        "a time tries it; `full`: it has as many calls as it may.",
    }),
    ({ now }) => now.health,
  ],
  since: time<Shown>("When its breaker opened or closed last; null: never since the process began.", ({ now }) => now.since),
  open_until: time<Shown>("When a payment may try it again; null: its breaker is closed.", ({ now }) => now.openUntil),
  recent_calls: [Type.Integer({ description: "The last calls that the breaker goes by." }), ({ now }) => now.calls],
  recent_failures: [Type.Integer({ description: "Those of them to which no useful answer came." }), ({ now }) => now.failures],
  usual_latency_ms: [int("How long an answer usually takes now; null: none came yet."), ({ now }) => now.usualMs],
  last_failure: [
    nullable(
      strict({
        at: timestamp("When it was."),
        kind: Type.Enum(["unknown", "not_sent"], { description: "`unknown`: it may have arrived; `not_sent`: it did not." }),
        reason: Type.String(),
      }),
    ),
    ({ now: { lastFailure } }) => lastFailure && { ...lastFailure, at: iso(lastFailure.at) },
  ],
  charges: [
    Type.Integer({ format: "int64", description: "Charges of the last 24 hours that ended, over all processes." }),
    ({ day }) => day.count,
  ],
  success_rate: [
    nullable(Type.Number({ minimum: 0, maximum: 1, description: "Of those, what was approved; null: there were none.", examples: [0.97] })),
    ({ day }) => (day.rate === null ? null : Math.round(day.rate * 10_000) / 10_000),
  ],
  p50_ms: [int("Half of them took no longer. Right to within a quarter."), ({ day }) => day.p50Ms],
  p95_ms: [int("95 of 100 took no longer."), ({ day }) => day.p95Ms],
});

export const connectorHealthListSchema = listOf("ConnectorHealthList", "ConnectorHealth");

const schema = {
  operationId: "listConnectorHealth",
  summary: "How the gateway of each account is",
  description:
    "Of all accounts that are not closed. The state is what the answering process sees; the figures of charges are of all processes.",
  tags: ["Connector accounts"],
  querystring: Type.Object({}),
  response: { 200: shows("ConnectorHealthList", "All of them."), ...errorAnswers("get", []) },
};
