/**
 * Which row of the core lies in which table, column by column, and which columns may change. The compiler refuses a field that has no
 * column here, and a column that is no field. Everything else follows: what an update writes, what a create leaves out, what the in-memory store refuses to change,
 * and what the conformance suite and the test of the triggers go through.
 */
import type { AdminAction } from "../core/admin-actions.ts";
import type * as model from "../core/model.ts";

export type Kind = "text" | "evidence" | "json" | "int" | "bool" | "time";

export interface Column<Row> {
  readonly field: keyof Row & string;
  readonly name: string;
  readonly kind: Kind;
  /** Null: never. */
  readonly change: Change | null;
  of(row: Row): unknown;
}

/**
 * How a column may change after its row was written. `startsEmpty`: it is null or zero in a new row, so that a create need not send it.
 * `evenClosed`: also in a row that is closed, which is what arrived too late. `raised`: each update adds one by itself.
 */
type Change = "freely" | "startsEmpty" | "evenClosed" | "raised";

export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** What an update writes. */
  readonly mutable: readonly Column<Row>[];
  /** `a.id, a.status, …`, in the order that `rowOf` reads. */
  select(alias: string): string;
  /** A row as the driver or `row_to_json` gives it (snake case; in JSON, times are ISO text) as the core's row. */
  rowOf(raw: Readonly<Record<string, unknown>>): Row;
  /** These columns only. */
  pick(...fields: (keyof Row & string)[]): readonly Column<Row>[];
}

type Declared = Pick<Column<never>, "kind" | "change">;

/** How the columns of a row are declared, those of one kind together. */
interface Columns<Row> {
  /** They keep what they were inserted with. */
  fixed<Field extends keyof Row & string>(kind: Kind, ...fields: Field[]): Record<Field, Declared>;
  mutable<Field extends keyof Row & string>(kind: Kind, change: Change, ...fields: Field[]): Record<Field, Declared>;
}

export const payments = table<model.Payment>("payments", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "orderId"),
  ...mutable("text", "freely", "status"),
  ...mutable("int", "raised", "version"),
  ...mutable("int", "startsEmpty", "attempt"),
  ...mutable("int", "freely", "sequence"),
  ...fixed("int", "amount"),
  ...fixed("text", "currency"),
  ...mutable("int", "startsEmpty", "amountAuthorized", "amountCaptured", "captureReserved", "amountRefunded", "refundReserved"),
  ...mutable("json", "freely", "method"),
  ...fixed("text", "captureMethod", "description"),
  ...fixed("json", "metadata"),
  ...mutable("json", "freely", "customer"),
  ...mutable("text", "freely", "returnUrl"),
  ...mutable("json", "startsEmpty", "nextAction", "error"),
  ...fixed("text", "identityKind", "identity", "audience"),
  ...mutable("time", "startsEmpty", "cancelRequestedAt", "lapsesAt", "finalCaptureAt", "finalizedAt"),
  ...fixed("text", "requestId"),
  ...fixed("time", "createdAt"),
}));

export const attempts = table<model.Attempt>("attempts", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "paymentId", "subject", "refundId", "operation"),
  ...fixed("int", "n"),
  ...fixed("text", "connector", "accountId", "gatewayKey"),
  ...mutable("text", "freely", "status"),
  ...fixed("int", "amount"),
  ...fixed("text", "currency"),
  ...mutable("text", "freely", "gatewayReference", "parentReference"),
  ...mutable("json", "freely", "error"),
  ...fixed("json", "routing"),
  ...mutable("time", "freely", "firstSentAt", "lastSentAt"),
  ...mutable("int", "freely", "sends", "questions", "notFound"),
  ...mutable("bool", "freely", "storedError"),
  ...fixed("time", "createdAt"),
  ...mutable("time", "freely", "closedAt"),
  ...mutable("text", "evenClosed", "lateStatus", "lateReference"),
  ...mutable("time", "evenClosed", "lateAt"),
}));

export const orders = table<model.Order>("orders", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id"),
  ...mutable("text", "freely", "status"),
  ...fixed("int", "amount"),
  ...fixed("text", "currency"),
  ...mutable("int", "freely", "amountPaid"),
  ...fixed("evidence", "receipt"),
  ...fixed("json", "notes"),
  ...fixed("text", "paymentLinkId", "requestId"),
  ...fixed("time", "createdAt"),
}));

export const refunds = table<model.Refund>("refunds", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "paymentId", "kind", "reverses"),
  ...fixed("int", "amount"),
  ...fixed("text", "currency", "reason"),
  ...mutable("text", "freely", "status"),
  ...mutable("json", "freely", "error"),
  ...fixed("time", "createdAt"),
  ...mutable("time", "freely", "processedAt"),
}));

export const exchanges = table<model.Exchange>("exchanges", ({ fixed }) => ({
  ...fixed("text", "merchantId", "mode", "id", "paymentId", "attemptId", "kind", "method"),
  ...fixed("evidence", "url", "request"),
  ...fixed("int", "status"),
  ...fixed("evidence", "response", "result"),
  ...fixed("time", "startedAt"),
  ...fixed("int", "durationMs"),
}));

export const events = table<model.MoneyEvent>("events", ({ fixed }) => ({
  ...fixed("text", "merchantId", "mode", "id", "paymentId"),
  ...fixed("int", "sequence"),
  ...fixed("text", "type", "closes", "apiVersion", "body"),
  ...fixed("time", "createdAt"),
}));

export const deliveries = table<model.Delivery>("deliveries", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "channel", "eventId", "eventType", "paymentId", "endpointId"),
  ...mutable("text", "freely", "status"),
  ...mutable("int", "freely", "tries", "scheduleStart"),
  ...mutable("time", "freely", "nextTryAt"),
  ...mutable("int", "freely", "lastStatusCode"),
  ...fixed("time", "createdAt"),
  ...mutable("time", "freely", "finishedAt"),
  ...mutable("json", "freely", "byHand"),
}));

export const deliveryTries = table<model.DeliveryTry>("delivery_tries", ({ fixed }) => ({
  ...fixed("text", "merchantId", "mode", "deliveryId"),
  ...fixed("int", "n"),
  ...fixed("time", "at"),
  ...fixed("int", "durationMs", "statusCode"),
  ...fixed("evidence", "response", "error", "url", "headerNames"),
}));

export const cases = table<model.Case>("cases", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "kind", "subject", "paymentId"),
  ...mutable("text", "freely", "status"),
  ...fixed("evidence", "summary"),
  ...fixed("json", "evidence"),
  ...fixed("time", "openedAt"),
  ...mutable("time", "freely", "resolvedAt"),
  ...mutable("text", "freely", "resolvedBy"),
  ...mutable("evidence", "freely", "resolution", "resolvedByName"),
  ...mutable("time", "freely", "quietUntil"),
}));

export const inbox = table<model.InboxRow>("inbox", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "connector", "accountId", "gatewayEventId"),
  ...fixed("evidence", "body"),
  ...mutable("text", "freely", "status", "attemptId"),
  ...fixed("time", "receivedAt"),
  ...mutable("time", "freely", "handledAt"),
}));

export const jobs = table<model.Job>("jobs", ({ fixed, mutable }) => ({
  ...fixed("text", "id", "merchantId", "mode", "queue"),
  ...mutable("text", "freely", "kind"),
  ...fixed("text", "subject"),
  ...mutable("text", "freely", "attemptId", "lane"),
  ...mutable("time", "freely", "runAt"),
  ...mutable("int", "freely", "tries"),
  ...mutable("text", "freely", "leaseToken"),
  ...mutable("time", "freely", "deadlineAt"),
  ...fixed("text", "traceparent"),
  ...fixed("time", "createdAt"),
}));

export const idempotency = table<model.IdempotencyRow>("idempotency", ({ fixed }) => ({
  ...fixed("text", "merchantId", "mode", "audience", "key", "requestHash", "requestId"),
  ...fixed("bool", "creates"),
  ...fixed("text", "subject"),
  ...fixed("int", "status"),
  ...fixed("text", "answerEvent", "answerCloses", "answerBody", "apiVersion"),
  ...fixed("time", "createdAt"),
}));

export const adminActions = table<AdminAction>("admin_actions", ({ fixed }) => ({
  ...fixed("text", "merchantId", "mode", "id"),
  ...fixed("time", "at"),
  ...fixed("text", "actorKind", "actorId"),
  ...fixed("evidence", "actorLabel"),
  ...fixed("text", "requestId", "action", "subject"),
  ...fixed("json", "before", "after"),
}));

/** A table that is declared elsewhere is not money. */
export function table<Row extends object>(
  name: string,
  declare: (columns: Columns<Row>) => Readonly<Record<keyof Row & string, Declared>>,
): Table<Row> {
  const declared = declare({
    fixed: (kind, ...fields) => columnsOf({ kind, change: null }, fields),
    mutable: (kind, change, ...fields) => columnsOf({ kind, change }, fields),
  });
  const columns = (Object.keys(declared) as (keyof Row & string)[]).map((field): Column<Row> => ({
    field,
    name: field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    ...declared[field],
    of: (row) => row[field],
  }));
  return {
    name,
    columns,
    mutable: columns.filter((column) => column.change !== null && column.change !== "raised"),
    select: (alias) => columns.map((column) => `${alias}.${column.name}`).join(", "),
    rowOf: (raw) => {
      const row: Record<string, unknown> = {};
      for (const { field, name: column, kind } of columns) {
        const value = raw[column];
        row[field] = kind === "time" && typeof value === "string" ? Date.parse(value) : value;
      }
      return row as Row;
    },
    pick: (...wanted) => columns.filter((column) => wanted.includes(column.field)),
  };
}

function columnsOf<Field extends string>(declared: Declared, fields: readonly Field[]): Record<Field, Declared> {
  return Object.fromEntries(fields.map((field) => [field, declared])) as Record<Field, Declared>;
}
