/** Builders for the rows around a payment: what is owed, looked at, received and configured. */
import type { Case, ConnectorAccount, Delivery, DeliveryTry, Endpoint, InboxRow, MoneyEvent, Scope } from "../../core/model.ts";
import { aDelivery, anAccount, anEndpoint } from "../../core/rows.testing.ts";
import { id, T0, tick } from "./clock.ts";

export function delivery(of: MoneyEvent, endpointId: string, given: Partial<Delivery> = {}): Delivery {
  return aDelivery({
    merchantId: of.merchantId,
    mode: of.mode,
    id: id("dlv"),
    eventId: of.id,
    paymentId: of.paymentId,
    endpointId,
    nextTryAt: T0,
    createdAt: tick(),
    ...given,
  });
}

export function tryRow(of: Delivery, n: number, given: Partial<DeliveryTry> = {}): DeliveryTry {
  return {
    merchantId: of.merchantId,
    mode: of.mode,
    deliveryId: of.id,
    n,
    at: T0,
    durationMs: 40,
    statusCode: 503,
    response: null,
    error: null,
    ...given,
  };
}

export function case_(scope: Scope, given: Partial<Case> & Pick<Case, "subject">): Case {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: id("case"),
    kind: "unknown_outcome",
    paymentId: null,
    status: "open",
    summary: "No answer for 30 minutes.",
    evidence: { gateway_key: "gk", n: 1, nested: { z: 1, a: null } },
    openedAt: tick(),
    resolvedAt: null,
    resolvedBy: null,
    ...given,
  };
}

export function inboxRow(scope: Scope, given: Partial<InboxRow> = {}): InboxRow {
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: id("inb"),
    connector: "sandbox",
    accountId: `acc_${scope.merchantId}`,
    gatewayEventId: id("evt"),
    body: "{}",
    status: "received",
    attemptId: null,
    receivedAt: T0,
    handledAt: null,
    ...given,
  };
}

export function endpoint({ merchantId, mode }: Scope, given: Partial<Endpoint> = {}): Endpoint {
  return anEndpoint(1, { merchantId, mode, id: id("whe"), secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", createdAt: T0, ...given });
}

export function account({ merchantId, mode }: Scope, given: Partial<ConnectorAccount> = {}): ConnectorAccount {
  return anAccount(1, { merchantId, mode, id: id("acc"), credentials: { secret: "s3cret" }, createdAt: T0, ...given });
}
