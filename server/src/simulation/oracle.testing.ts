/** Rows and books as a bug would leave them, for tests of the oracle. */
import { aDelivery, aPayment, anAttempt, numberedId, scope } from "../../../test/support/flows/rows.ts";
import type { Attempt, Case, Delivery, DeliveryTry, InboxRow, MoneyEvent, Payment, Refund } from "../core/model.ts";
import { apply, emptyLedger, type OperationRecord } from "@tillway/sandbox";
import { messageIdOf, noEmailSettings } from "../core/email.ts";
import { memoryStorage, scopeKey } from "../storage/memory/index.ts";
import { lookAtRest } from "./at-rest.ts";
import { EPOCH, Kernel, Trace } from "./kernel.ts";
import { Oracle } from "./oracle.ts";
import { SENDER, type PostOffice } from "./post-office.ts";
import { sandboxBooks } from "./sandbox-bank.ts";
import { setUp } from "./set-up.ts";
import { drawSwarm } from "./swarm.ts";

/** One world at rest: our tables, the gateway's books, the merchant's receiver. Each `add` puts in a row that nobody decided. */
export class Courtroom {
  readonly kernel = new Kernel(new Trace(false));
  readonly tables = memoryStorage().tables;
  readonly ledger = emptyLedger();
  readonly receiver = { book: new Map<string, string[]>() };
  readonly office: PostOffice = new Map();
  readonly taken = new Set<string>();
  readonly oracle: Oracle;
  /** Whether the gateway can be asked about a key. */
  answersByKey = true;
  #next = 1;

  constructor() {
    setUp(this.tables, drawSwarm(1));
    // One is enough for most rules.
    this.tables.endpoints.delete("whe_2");
    apply(this.ledger, { kind: "account", account: "acc_1", apiKey: "key", webhookUrl: null, webhookSecret: "secret" });
    this.oracle = new Oracle({ kernel: this.kernel, tables: this.tables, books: sandboxBooks(this.ledger) });
  }

  /** As `I1: explanation`. */
  get blamed(): string[] {
    return this.oracle.violations.map(({ invariant, explanation }) => `${invariant}: ${explanation}`);
  }

  look(): this {
    this.oracle.look();
    return this;
  }

  rest(): this {
    const { tables, ledger, taken, receiver, office, kernel } = this;
    lookAtRest({
      tables,
      books: sandboxBooks(ledger),
      taken,
      receiver,
      office,
      answersByKey: () => this.answersByKey,
      now: kernel.now,
      blame: this.oracle.blame,
    });
    return this;
  }

  payment(given: Partial<Payment> = {}): Payment {
    return put(this.tables.payments, aPayment({ id: this.#id("pay"), sequence: 0, amount: 500, currency: "EUR", ...given }));
  }

  attempt(payment: Payment, given: Partial<Attempt> = {}): Attempt {
    const id = this.#id("att");
    const about = { id, paymentId: payment.id, subject: payment.id, accountId: "acc_1", gatewayKey: `key-${id}`, amount: payment.amount };
    return put(this.tables.attempts, anAttempt({ ...about, ...given }));
  }

  /** A charge in the gateway's books, approved at once. */
  charged(payment: Payment | null, given: Partial<OperationRecord> = {}): OperationRecord {
    const record: OperationRecord = {
      key: this.#id("key"),
      operation: "charge",
      amount: payment?.amount ?? 500,
      currency: "EUR",
      source: "tok_success",
      capture: true,
      scenario: "success",
      approves: true,
      payment: payment?.id ?? null,
      receivedAt: EPOCH,
      dueAt: EPOCH,
      storedError: false,
      tail: null,
      children: [],
      ...given,
    };
    apply(this.ledger, { kind: "operation", account: "acc_1", record });
    this.ledger.served++;
    return record;
  }

  /** A capture or refund of a charge in the gateway's books. */
  child(operation: "capture" | "refund", charge: OperationRecord, amount: number): void {
    this.charged(null, { operation, source: charge.key, amount });
  }

  refund(payment: Payment, given: Partial<Refund> = {}): Refund {
    const row: Refund = {
      ...scope,
      id: this.#id("rfnd"),
      paymentId: payment.id,
      kind: "merchant",
      reverses: null,
      amount: 100,
      currency: payment.currency,
      reason: null,
      status: "pending",
      error: null,
      createdAt: EPOCH,
      processedAt: null,
      ...given,
    };
    return put(this.tables.refunds, row);
  }

  openCase(kind: Case["kind"], subject: string, paymentId: string | null): Case {
    const row = { ...scope, id: this.#id("case"), kind, subject, paymentId, status: "open" as const, summary: "", evidence: {} };
    const open = { resolvedAt: null, resolvedBy: null, resolution: null, resolvedByName: null, quietUntil: null };
    return put(this.tables.cases, { ...row, ...open, openedAt: EPOCH });
  }

  /** An event of the payment as it stands; the payment counts it. */
  event(payment: Payment, type: MoneyEvent["type"], shown: string = payment.status): MoneyEvent {
    const sequence = payment.sequence + 1;
    this.tables.payments.set(payment.id, { ...payment, sequence });
    const body = JSON.stringify({ status: shown });
    const about = { ...scope, id: this.#id("evt"), paymentId: payment.id, sequence, type, closes: null, apiVersion: "2026-11-27", body };
    return put(this.tables.events, { ...about, createdAt: EPOCH });
  }

  delivery(event: MoneyEvent, given: Partial<Delivery> = {}): Delivery {
    const about = { id: this.#id("dlv"), eventId: event.id, paymentId: event.paymentId, endpointId: "whe_1" };
    const ended = { status: "succeeded", tries: 1, nextTryAt: null, lastStatusCode: 200, finishedAt: EPOCH } as const;
    return put(this.tables.deliveries, aDelivery({ ...scope, ...about, ...ended, createdAt: EPOCH, ...given }));
  }

  /** E-mail is turned on, and the sound payment's shopper has the receipt. */
  receipt({ payment, event }: { readonly payment: Payment; readonly event: MoneyEvent }): { delivery: Delivery; id: string } {
    const settings = { ...noEmailSettings(scope, "eml_1"), enabled: true };
    this.tables.emailSettings.set(scopeKey(scope), settings);
    this.tables.payments.set(payment.id, { ...payment, customer: { email: "asha@example.com" } });
    const delivery = this.delivery(event, { channel: "email", endpointId: settings.id, eventType: event.type });
    const id = messageIdOf(delivery.id, SENDER);
    this.office.set(id, [{ to: "asha@example.com", content: "Thank you" }]);
    return { delivery, id };
  }

  try(delivery: Delivery): void {
    const row: DeliveryTry = {
      ...scope,
      deliveryId: delivery.id,
      n: 1,
      at: EPOCH,
      durationMs: 1,
      statusCode: 500,
      response: null,
      error: null,
      url: null,
      headerNames: null,
    };
    this.tables.tries.push(row);
  }

  /** A delivery that was tried, and failed for good. */
  givenUp(event: MoneyEvent): void {
    this.try(this.delivery(event, { status: "failed" }));
  }

  inbox(status: InboxRow["status"]): InboxRow {
    const about = { ...scope, id: this.#id("inb"), connector: "sandbox", accountId: "acc_1", gatewayEventId: "sev_1", body: "{}" };
    return put(this.tables.inbox, { ...about, status, attemptId: null, receivedAt: EPOCH, handledAt: null });
  }

  /** A payment that succeeded, its charge at the gateway, and its event at the merchant: nothing to blame. */
  blameless(): { payment: Payment; charge: OperationRecord; event: MoneyEvent; delivery: Delivery } {
    const payment = this.payment({ status: "succeeded", amountAuthorized: 500, amountCaptured: 500 });
    const charge = this.charged(payment);
    this.attempt(payment, { gatewayKey: charge.key, status: "succeeded" });
    const event = this.event(payment, "payment.succeeded");
    const delivery = this.delivery(event);
    this.receiver.book.set(event.id, [event.body]);
    return { payment: this.tables.payments.get(payment.id)!, charge, event, delivery };
  }

  #id(prefix: string): string {
    return numberedId(prefix, this.#next++);
  }
}

function put<Row extends { readonly id: string }>(rows: Map<string, Row>, row: Row): Row {
  rows.set(row.id, row);
  return row;
}
