import { Type, type Static, type TSchema } from "typebox";
import { TillwayError, type ErrorCode } from "../../core/errors.ts";
import type { Permission } from "../../core/permissions.ts";
import type { Page } from "../../core/ports/reads.ts";
import { representPayment } from "../../core/represent.ts";
import type { Answer, Caller } from "../../flows/idempotency.ts";
import { annotatePayment } from "../../flows/payments/annotate.ts";
import { cancelPayment, capturePayment, confirmPayment, voidPayment } from "../../flows/payments/operations.ts";
import { createPayment } from "../../flows/payments/create.ts";
import { answeredBefore } from "../../flows/payments/operate.ts";
import type { App } from "../../http/app.ts";
import { callerOf, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { listText } from "../lists.ts";
import { readMethod } from "../method-input.ts";
import { readCreateInput, readReturnUrl, refuseCardsIn } from "../payment-input.ts";
import { emptyBody, errorAnswers, idParams, idempotencyHeader, shows } from "../schemas/common.ts";
import {
  capturePaymentBody,
  confirmPaymentBody,
  createPaymentBody,
  listPaymentsQuery,
  paymentFilterOf,
  updatePaymentBody,
} from "../schemas/payment.ts";

/** Create, confirm, capture, void, cancel, update, get, list. */
export function paymentRoutes(api: App, deps: ApiDeps): void {
  createRoute(api, deps);
  actionRoute(api, deps, {
    verb: "confirm",
    permission: "payments.write",
    summary: "Charge a payment that was only created",
    description: "The answer waits for the outcome, 10 s at most; `processing` then means that it goes on.",
    body: confirmPaymentBody,
    codes: chargeCodes,
    act: (caller, paymentId, body) => {
      const read = async () => ({ paymentId, method: await readMethod(deps, body), returnUrl: readReturnUrl(body.return_url) });
      return readAndAct(deps, caller, read, (input) => confirmPayment(deps.flows, caller, input));
    },
  });
  actionRoute(api, deps, {
    verb: "capture",
    permission: "payments.operate",
    summary: "Capture what is authorized, or a part of it",
    description:
      "The answer waits for the gateway, 10 s at most. What a part leaves stays held: capture more, void it, or send `final: true` with the last part.",
    body: capturePaymentBody,
    codes: ["amount_too_large", "unsupported_amount", "capture_failed"],
    act: (caller, paymentId, { amount, final }) => capturePayment(deps.flows, caller, { paymentId, amount, isFinal: final }),
  });
  actionRoute(api, deps, {
    verb: "void",
    permission: "payments.operate",
    summary: "Release what is authorized and not captured",
    description: "The answer waits for the gateway, 10 s at most. What was captured stays: the payment has then succeeded.",
    body: emptyBody,
    codes: ["cancel_failed"],
    act: (caller, paymentId) => voidPayment(deps.flows, caller, { paymentId }),
  });
  actionRoute(api, deps, {
    verb: "cancel",
    permission: "payments.operate",
    summary: "Call a payment off",
    description: "Nothing sent yet: canceled at once. A call under way: no further attempt, and what it takes is given back.",
    body: emptyBody,
    codes: ["cancel_failed"],
    act: (caller, paymentId) => cancelPayment(deps.flows, caller, { paymentId }),
  });
  updateRoute(api, deps);
  getRoute(api, deps);
  listRoute(api, deps);
}

const tags = ["Payments"];
const chargeCodes: readonly ErrorCode[] = [
  "invalid_card",
  "expired_card",
  "test_card_required",
  "invalid_vpa",
  "invalid_url",
  "method_required",
  "payment_failed",
  "payment_canceled",
  "order_busy",
  "unsupported_method",
  "unsupported_currency",
  "unsupported_amount",
];

function createRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createPayment",
    summary: "Create a payment",
    description:
      "Without `confirm` the payment is charged in the background; watch it by webhook or by asking. With `confirm: true` the answer waits.",
    tags,
    headers: idempotencyHeader,
    body: createPaymentBody,
    response: {
      201: shows("Payment", "The payment, accepted or already charged."),
      ...errorAnswers("write", ["invalid_amount", "invalid_currency", "order_mismatch", "not_found", ...chargeCodes]),
    },
  };
  api.post("/v1/payments", { onRequest: api.guard("payments.write"), schema, config: { keepsRequest: true } }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const read = () => readCreateInput(deps, request.body);
    return sendAnswer(reply, await readAndAct(deps, caller, read, (input) => createPayment(deps.flows, caller, input)));
  });
}

/** Something done to one payment. */
interface Action<Body extends TSchema> {
  readonly verb: "confirm" | "capture" | "void" | "cancel";
  readonly permission: Permission;
  readonly summary: string;
  readonly description: string;
  readonly body: Body;
  readonly codes: readonly ErrorCode[];
  readonly act: (caller: Caller, paymentId: string, body: Static<Body>) => Promise<Answer>;
}

function actionRoute<Body extends TSchema>(api: App, deps: ApiDeps, action: Action<Body>): void {
  const { verb, permission, summary, description, body, codes } = action;
  const schema = {
    operationId: `${verb}Payment`,
    summary,
    description,
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: body as TSchema,
    response: { 200: shows("Payment", "The payment."), ...errorAnswers("write", ["not_found", "invalid_state", ...codes]) },
  };
  api.post(
    `/v1/payments/:id/${verb}`,
    { onRequest: api.guard(permission), schema, config: { load: "critical" } },
    async (request, reply) => {
      const caller = callerOf(deps, request);
      return sendAnswer(reply, await action.act(caller, pathId(request, "pay"), request.body as Static<Body>));
    },
  );
}

/**
 * Reads the input and acts on it. An input that was valid once may be invalid in a retry (the card's last month has ended, a rule is
 * stricter): then the answer that is stored under the key counts. It is looked up only then, to save a query per payment: a create finds
 * a key that is taken by itself.
 */
export async function readAndAct<Input>(
  { flows }: ApiDeps,
  caller: Caller,
  read: () => Promise<Input>,
  act: (input: Input) => Promise<Answer>,
): Promise<Answer> {
  let input: Input;
  try {
    input = await read();
  } catch (error) {
    const before = error instanceof TillwayError ? await answeredBefore(flows, caller) : null;
    if (before === null) throw error;
    return before;
  }
  return act(input);
}

function updateRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "updatePayment",
    summary: "Change the description and metadata of a payment",
    description:
      "At any time of its life; nothing of it decides anything. It is no event: events of before keep what they showed, later ones show the change.",
    tags,
    params: idParams,
    body: updatePaymentBody,
    response: { 200: shows("Payment", "The payment."), ...errorAnswers("write", ["not_found", "conflicting_field"]) },
  };
  api.patch("/v1/payments/:id", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const { description, metadata } = request.body;
    const texts = Object.entries(metadata ?? {}).map(([name, text]): [string, string] => [name, text ?? ""]);
    refuseCardsIn({ description: description ?? undefined }, { metadata: Object.fromEntries(texts) });
    const found = await annotatePayment(deps.flows, scopeOf(request), pathId(request, "pay"), { description, metadata });
    return sendText(reply, 200, JSON.stringify(representPayment(found.payment, found)));
  });
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getPayment",
    summary: "Get a payment with its attempts",
    description: "As it is now. A payment of another merchant or mode is not found.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Payment", "The payment."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/payments/:id", { onRequest: api.guard("payments.read"), schema }, async (request, reply) => {
    const found = await deps.reads.payment(scopeOf(request), pathId(request, "pay"));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, JSON.stringify(representPayment(found.payment, found)));
  });
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listPayments",
    summary: "List payments, newest first",
    description: "By time of creation, without attempts. All that is given must hold.",
    tags,
    querystring: listPaymentsQuery,
    response: { 200: shows("PaymentList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/payments", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const filter = paymentFilterOf(request.query);
    const read = (page: Page) => deps.reads.payments(scopeOf(request), { ...page, ...filter });
    return sendText(reply, 200, await listText(request.query, { prefix: "pay", read, render: (row) => representPayment(row) }));
  });
}
