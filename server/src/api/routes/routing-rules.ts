import { Type, type Static } from "typebox";
import { METADATA_MAX } from "../../core/constants.ts";
import { methodTypes } from "../../core/methods/method.ts";
import type { RoutingConditions, RoutingRule } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import { ROUTING_RULES_MAX, ROUTING_VALUES_MAX, ROUTING_WEIGHT_MAX } from "../../core/routing/rules.ts";
import type { Explanation } from "../../core/routing/explain.ts";
import { explainRouting, replaceRoutingRules, routingRules, type CheckedRules } from "../../flows/setup/routing.ts";
import type { App } from "../../http/app.ts";
import { flowsBy, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { readCreateInput, refuseCardNumbers } from "../payment-input.ts";
import { amountIn, component, currencyIn, errorAnswers, idPattern, nullable, shows, strict, timestamp } from "../schemas/common.ts";
import { createPaymentBody } from "../schemas/payment.ts";

const tags = ["Routing"];

/** Which connector account a payment goes to: the merchant's rules, and what they would do with a payment. */
/** What its column holds. */
const VERSION_MAX = 2_147_483_647;

export function routingRoutes(api: App, deps: ApiDeps): void {
  const [reads, writes] = [api.guard("config.read"), api.guard("config.write")];
  const { flows } = deps;
  api.get("/v1/routing-rules", { onRequest: reads, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, shownRules(await routingRules(flows, scopeOf(request)))),
  );
  api.put("/v1/routing-rules", { onRequest: writes, schema: schemas.put }, async (request, reply) => {
    const { rules, version = null } = request.body;
    rules.forEach(refuseCardsInRule);
    return sendText(
      reply,
      200,
      shownRules(await replaceRoutingRules(flowsBy(deps, request), scopeOf(request), rules.map(ruleOf), version)),
    );
  });
  api.post("/v1/routing-rules/explain", { onRequest: reads, schema: schemas.explain }, async (request, reply) =>
    sendText(reply, 200, shownExplanation(await explainRouting(flows, scopeOf(request), await readCreateInput(deps, request.body)))),
  );
}

const values = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { maxItems: ROUTING_VALUES_MAX, description }));

const when = strict({
  currencies: Type.Optional(Type.Array(currencyIn(), { maxItems: ROUTING_VALUES_MAX, description: "One of these." })),
  methods: Type.Optional(Type.Array(Type.Enum([...methodTypes]), { maxItems: ROUTING_VALUES_MAX, description: "One of these." })),
  networks: values("Of the card, e.g. visa: one of these."),
  countries: Type.Optional(
    Type.Array(Type.String({ pattern: "^[A-Z]{2}$" }), {
      maxItems: ROUTING_VALUES_MAX,
      description: "`customer.country`, as ISO 3166-1 codes: one of these.",
    }),
  ),
  amount_from: Type.Optional(amountIn("This amount or more, in minor units. Needs exactly one currency beside it.")),
  amount_below: Type.Optional(amountIn("Less than this amount, in minor units. Needs exactly one currency beside it.")),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.Array(Type.String({ maxLength: 500 }), { maxItems: ROUTING_VALUES_MAX }), {
      maxProperties: METADATA_MAX,
      propertyNames: { minLength: 1, maxLength: 40, pattern: "^(?!__proto__$)" },
      description: "Of each name one of these values.",
    }),
  ),
});

const accountId = Type.String({ pattern: idPattern("acc"), description: "A connector account." });

const ruleFields = {
  name: Type.String({ minLength: 1, maxLength: 100, description: "For people; shown as the reason of a choice.", examples: ["Euros"] }),
  when: Type.Optional(when),
  accounts: Type.Optional(Type.Array(accountId, { maxItems: ROUTING_VALUES_MAX, description: "In this order. Either these or weights." })),
  weights: Type.Optional(
    Type.Array(strict({ account: accountId, weight: Type.Integer({ minimum: 1, maximum: ROUTING_WEIGHT_MAX }) }), {
      maxItems: ROUTING_VALUES_MAX,
      description: "In shares, e.g. 3 and 1: three payments of four go to the first. Either these or accounts.",
    }),
  ),
  else_others: Type.Optional(
    Type.Boolean({ description: "Whether accounts that the rule does not name come after those that it names.", default: false }),
  ),
};

type RuleIn = Static<ReturnType<typeof strict<typeof ruleFields>>>;

function ruleOf({ name, when: given = {}, accounts, weights, else_others: elseOthers = false }: RuleIn): RoutingRule {
  const { amount_from: amountFrom, amount_below: amountBelow, ...rest } = given;
  const conditions: RoutingConditions = {
    ...rest,
    ...(amountFrom !== undefined && { amountFrom }),
    ...(amountBelow !== undefined && { amountBelow }),
  };
  return { name, when: conditions, ...(accounts && { accounts }), ...(weights && { weights }), elseOthers };
}

/** Rules are kept, shown and named as reasons, so nothing that looks like a card number may be in them. */
function refuseCardsInRule({ name, when: { networks = [], metadata = {} } = {} }: RuleIn, at: number): void {
  const field = `rules[${at}]`;
  refuseCardNumbers(`${field}.name`, name);
  networks.forEach((network, n) => refuseCardNumbers(`${field}.when.networks[${n}]`, network));
  for (const [key, values] of Object.entries(metadata)) {
    refuseCardNumbers(`${field}.when.metadata`, key);
    values.forEach((value, n) => refuseCardNumbers(`${field}.when.metadata.${key}[${n}]`, value));
  }
}

function shownExplanation(explanation: Explanation): string {
  return JSON.stringify({ object: "routing_explanation", ...explanation });
}

function shownRules({ table: { rules, version, updatedAt }, warnings }: CheckedRules): string {
  return JSON.stringify({
    object: "routing_rules",
    version,
    rules: rules.map(({ name, when: { amountFrom, amountBelow, ...rest }, accounts, weights, elseOthers }) => ({
      name,
      when: {
        ...rest,
        ...(amountFrom !== undefined && { amount_from: amountFrom }),
        ...(amountBelow !== undefined && { amount_below: amountBelow }),
      },
      ...(accounts && { accounts }),
      ...(weights && { weights }),
      else_others: elseOthers,
    })),
    warnings: warnings.map(({ param, message }) => ({ param, message })),
    updated_at: version === 0 ? null : iso(updatedAt),
  });
}

export const routingRulesSchema = component("RoutingRules", {
  object: Type.Literal("routing_rules"),
  version: Type.Integer({ description: "Raised by each change; 0: there never were rules, and accounts are taken by priority." }),
  rules: Type.Array(strict({ ...ruleFields, when, else_others: Type.Boolean() })),
  warnings: Type.Array(strict({ param: Type.String(), message: Type.String() }), { description: "What may not be meant." }),
  updated_at: nullable(timestamp("When they were changed.")),
});

const because = nullable(Type.String({ description: "For people." }));

export const routingExplanationSchema = component("RoutingExplanation", {
  object: Type.Literal("routing_explanation"),
  rules: Type.Array(strict({ name: Type.String(), fits: Type.Boolean(), because }), { description: "Each rule up to the one that fits." }),
  rule: Type.String({ description: "The rule that is followed, or `priority`." }),
  accounts: Type.Array(strict({ account: Type.String(), connector: Type.String(), takes: Type.Boolean(), because }), {
    description: "In the order in which they would be tried.",
  }),
  chosen: nullable(Type.String({ description: "The account that the first attempt would go to." })),
  reason: Type.String(),
});

const schemas = {
  get: {
    operationId: "retrieveRoutingRules",
    summary: "Get the routing rules",
    description: "The first rule that fits a payment says which connector accounts are tried, and in which order.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("RoutingRules", "The rules."), ...errorAnswers("get", []) },
  },
  put: {
    operationId: "replaceRoutingRules",
    summary: "Replace the routing rules",
    description:
      "All of them at once: the list that is sent stands in the place of the one before. Rules that name no account of yours, never hold, or are never reached are refused. With `version`, only if that is the version that stands.",
    tags,
    body: strict({
      rules: Type.Array(strict(ruleFields), { maxItems: ROUTING_RULES_MAX, description: "In their order." }),
      version: Type.Optional(Type.Integer({ minimum: 0, maximum: VERSION_MAX, description: "The version that you read." })),
    }),
    response: { 200: shows("RoutingRules", "The rules."), ...errorAnswers("write", ["invalid_state"]) },
  },
  explain: {
    operationId: "explainRouting",
    summary: "Explain routing",
    description: "Takes what creates a payment, and says which account it would go to now, and why. Nothing is written.",
    tags,
    body: createPaymentBody,
    response: { 200: shows("RoutingExplanation", "What it would do."), ...errorAnswers("write", []) },
  },
};
