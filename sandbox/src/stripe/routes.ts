/** Which call is which: method and path to parameters and work. */
import { type Answer, invalid, type Json, missing, ok } from "./errors.ts";
import { type Desk, EVENTS_KEPT_MS } from "./events.ts";
import { createEndpoint } from "./endpoints.ts";
import { cancelIntent, captureIntent, confirmIntent, createIntent } from "./intents.ts";
import { listOf, searchIntents } from "./lists.ts";
import { createMethod, retrieveMethod } from "./methods.ts";
import { type Given, params, type Params } from "./params.ts";
import { createRefund } from "./refunds.ts";
import type { Charge, EventRecord, Intent, Refund } from "./state.ts";
import { chargeView, endpointView, eventView, type Expand, intentView, type readExpand, refundView } from "./views.ts";

/** A request whose parameters have been read. */
export interface Job {
  readonly desk: Desk;
  readonly given: Given;
  readonly expand: Expand;
  /** From the path. */
  readonly id: string;
}

export interface Route {
  readonly method: string;
  /** `*` stands for an id. */
  readonly path: string;
  readonly params: Params;
  readonly shows: Parameters<typeof readExpand>[1];
  readonly isList?: true;
  /** Changes an intent: one request at a time. */
  readonly locks?: true;
  readonly run: (job: Job) => Answer;
}

const INTENTS = "/v1/payment_intents";

export const routes: readonly Route[] = [
  get("/v1/balance", { params: params.retrieve, shows: "other", run: ({ desk }) => ok(balance(desk)) }),
  post(INTENTS, { params: params.createIntent, shows: "intent", run: ({ desk, given, expand }) => createIntent(desk, given, expand) }),
  get(INTENTS, {
    params: params.listIntents,
    shows: "intent",
    isList: true,
    run: ({ desk, given, expand }) =>
      listOf(desk.state.intents.values(), given, { url: INTENTS, view: (one) => intentView(one, desk.settings, expand) }),
  }),
  get(`${INTENTS}/search`, {
    params: params.search,
    shows: "intent",
    isList: true,
    run: ({ desk, given, expand }) => searchIntents(desk, given, (one) => intentView(one, desk.settings, expand)),
  }),
  get(`${INTENTS}/*`, {
    params: params.retrieveIntent,
    shows: "intent",
    run: withIntent(retrieveIntent),
  }),
  post(`${INTENTS}/*/confirm`, {
    params: params.confirmIntent,
    shows: "intent",
    locks: true,
    run: withIntent((desk, intent, { given, expand }) => confirmIntent(desk, intent, given, expand)),
  }),
  post(`${INTENTS}/*/capture`, {
    params: params.captureIntent,
    shows: "intent",
    locks: true,
    run: withIntent((desk, intent, { given, expand }) => captureIntent(desk, intent, given, expand)),
  }),
  post(`${INTENTS}/*/cancel`, {
    params: params.cancelIntent,
    shows: "intent",
    locks: true,
    run: withIntent((desk, intent, { given, expand }) => cancelIntent(desk, intent, given, expand)),
  }),
  post("/v1/refunds", {
    params: params.createRefund,
    shows: "refund",
    run: ({ desk, given, expand }) => createRefund(desk, given, expand),
  }),
  get("/v1/refunds", { params: params.listRefunds, shows: "refund", isList: true, run: listRefunds }),
  get("/v1/refunds/*", {
    params: params.retrieve,
    shows: "refund",
    run: withOne(
      "refund",
      (desk, id) => desk.state.refunds.get(id),
      (one: Refund, { desk, expand }) => refundView(one, desk.settings, expand),
    ),
  }),
  get("/v1/charges", { params: params.listCharges, shows: "charge", isList: true, run: listCharges }),
  get("/v1/charges/*", {
    params: params.retrieve,
    shows: "charge",
    run: withOne(
      "charge",
      (desk, id) => desk.state.charges.get(id),
      (one: Charge, { desk, expand }) => chargeView(one, desk.settings, expand),
    ),
  }),
  post("/v1/payment_methods", { params: params.createMethod, shows: "other", run: ({ desk, given }) => createMethod(desk, given) }),
  get("/v1/payment_methods/*", { params: params.retrieve, shows: "other", run: ({ desk, id }) => retrieveMethod(desk, id) }),
  get("/v1/events", { params: params.listEvents, shows: "other", isList: true, run: listEvents }),
  get("/v1/events/*", {
    params: params.retrieve,
    shows: "other",
    run: withOne(
      "event",
      (desk, id) => desk.state.events.get(id),
      (one: EventRecord, { desk }) => eventView(one, desk.settings),
    ),
  }),
  post("/v1/webhook_endpoints", { params: params.createEndpoint, shows: "other", run: ({ desk, given }) => createEndpoint(desk, given) }),
  get("/v1/webhook_endpoints", {
    params: params.listEndpoints,
    shows: "other",
    isList: true,
    run: ({ desk, given }) =>
      listOf(desk.state.endpoints.values(), given, { url: "/v1/webhook_endpoints", view: (one) => endpointView(one, desk.settings) }),
  }),
];

type Rest = Omit<Route, "method" | "path">;

function get(path: string, rest: Rest): Route {
  return { method: "GET", path, ...rest };
}

function post(path: string, rest: Rest): Route {
  return { method: "POST", path, ...rest };
}

/** Fixed paths stand before those with an id. */
export function routeOf(method: string, path: string): { readonly route: Route; readonly id: string } | null {
  const parts = path.split("/");
  for (const route of routes) {
    const wanted = route.path.split("/");
    if (route.method !== method || wanted.length !== parts.length) continue;
    if (wanted.every((part, i) => part === "*" || part === parts[i])) return { route, id: parts[wanted.indexOf("*")] ?? "" };
  }
  return null;
}

function withIntent(run: (desk: Desk, intent: Intent, job: Job) => Answer): Route["run"] {
  return (job) => {
    const intent = job.desk.state.intents.get(job.id);
    return intent === undefined ? missing("payment_intent", job.id, "intent") : run(job.desk, intent, job);
  };
}

/** A client secret that is given must be the intent's own. */
function retrieveIntent(desk: Desk, intent: Intent, { given, expand }: Job): Answer {
  const { client_secret: secret = intent.clientSecret } = given;
  if (secret === intent.clientSecret) return ok(intentView(intent, desk.settings, expand));
  return invalid("The client_secret provided does not match any associated PaymentIntent on this account.", "client_secret");
}

function withOne<One>(what: string, find: (desk: Desk, id: string) => One | undefined, view: (one: One, job: Job) => Json): Route["run"] {
  return (job) => {
    const one = find(job.desk, job.id);
    return one === undefined ? missing(what, job.id, "id") : ok(view(one, job));
  };
}

function listRefunds({ desk, given, expand }: Job): Answer {
  const { payment_intent: intent, charge } = given;
  const fits = (one: Refund): boolean =>
    (intent === undefined || one.charge.intent.id === intent) && (charge === undefined || one.charge.id === charge);
  return listOf(desk.state.refunds.values(), given, { url: "/v1/refunds", fits, view: (one) => refundView(one, desk.settings, expand) });
}

function listCharges({ desk, given, expand }: Job): Answer {
  const fits = (one: Charge): boolean => given["payment_intent"] === undefined || one.intent.id === given["payment_intent"];
  return listOf(desk.state.charges.values(), given, { url: "/v1/charges", fits, view: (one) => chargeView(one, desk.settings, expand) });
}

function listEvents({ desk, given }: Job): Answer {
  if (given["type"] !== undefined && given["types"] !== undefined)
    return invalid("You may only specify one of these parameters: type, types.", "types");
  const wanted = given["type"] === undefined ? (given["types"] as readonly string[] | undefined) : [given["type"] as string];
  const isNamed = (type: string): boolean =>
    wanted === undefined || wanted.some((one) => one === type || (one.endsWith("*") && type.startsWith(one.slice(0, -1))));
  const delivered = given["delivery_success"];
  const fits = ({ type, pending, createdAt }: EventRecord): boolean =>
    isNamed(type) && createdAt > desk.now - EVENTS_KEPT_MS && (delivered === undefined || delivered === (pending === 0));
  return listOf(desk.state.events.values(), given, { url: "/v1/events", fits, view: (one) => eventView(one, desk.settings) });
}

/** What was captured and not refunded, in each currency. */
function balance({ state, settings }: Desk): Json {
  const sums = new Map<string, number>();
  for (const { intent, amountCaptured, amountRefunded, released } of state.charges.values()) {
    const net = amountCaptured - (amountRefunded - released);
    if (amountCaptured > 0) sums.set(intent.currency, (sums.get(intent.currency) ?? 0) + net);
  }
  if (sums.size === 0) sums.set("usd", 0);
  const pending = [...sums].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
  const available = pending.map(({ currency }) => ({ amount: 0, currency, source_types: { card: 0 } }));
  return { object: "balance", available, livemode: settings.livemode, pending };
}
