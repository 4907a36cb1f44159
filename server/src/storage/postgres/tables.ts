/** Which row of the core lies in which table, column by column. The compiler refuses a field that has no column here. */
import type {
  Attempt,
  Case,
  Delivery,
  DeliveryTry,
  Exchange,
  IdempotencyRow,
  InboxRow,
  Job,
  MoneyEvent,
  Payment,
  Refund,
} from "../../core/model.ts";
import type { Input, Kind } from "./arrays.ts";

export interface Column<Row> extends Input<Row> {
  readonly field: keyof Row & string;
}

export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** `a.id, a.status, …`, in the order that `rowOf` reads. */
  select(alias: string): string;
  /** A row as the driver or `row_to_json` gives it (snake case; in JSON, times are ISO text) as the core's row. */
  rowOf(raw: Readonly<Record<string, unknown>>): Row;
  /** These columns only. */
  pick(...fields: (keyof Row & string)[]): readonly Column<Row>[];
}

const scope = { merchantId: "text", mode: "text" } as const;

export const payments = table<Payment>("payments", {
  ...scope,
  id: "text",
  orderId: "text",
  status: "text",
  version: "int",
  attempt: "int",
  sequence: "int",
  amount: "int",
  currency: "text",
  amountAuthorized: "int",
  amountCaptured: "int",
  captureReserved: "int",
  amountRefunded: "int",
  refundReserved: "int",
  method: "json",
  captureMethod: "text",
  description: "text",
  metadata: "json",
  customer: "json",
  returnUrl: "text",
  nextAction: "json",
  error: "json",
  identityKind: "text",
  identity: "text",
  audience: "text",
  cancelRequestedAt: "time",
  lapsesAt: "time",
  requestId: "text",
  createdAt: "time",
});

export const attempts = table<Attempt>("attempts", {
  ...scope,
  id: "text",
  paymentId: "text",
  subject: "text",
  refundId: "text",
  operation: "text",
  n: "int",
  connector: "text",
  accountId: "text",
  gatewayKey: "text",
  status: "text",
  amount: "int",
  currency: "text",
  gatewayReference: "text",
  parentReference: "text",
  error: "json",
  routing: "json",
  firstSentAt: "time",
  lastSentAt: "time",
  sends: "int",
  questions: "int",
  notFound: "int",
  storedError: "bool",
  createdAt: "time",
  closedAt: "time",
  lateStatus: "text",
  lateReference: "text",
  lateAt: "time",
});

export const refunds = table<Refund>("refunds", {
  ...scope,
  id: "text",
  paymentId: "text",
  kind: "text",
  reverses: "text",
  amount: "int",
  reason: "text",
  status: "text",
  error: "json",
  createdAt: "time",
  processedAt: "time",
});

export const exchanges = table<Exchange>("exchanges", {
  ...scope,
  id: "text",
  paymentId: "text",
  attemptId: "text",
  kind: "text",
  method: "text",
  url: "evidence",
  request: "evidence",
  status: "int",
  response: "evidence",
  result: "evidence",
  startedAt: "time",
  durationMs: "int",
});

export const events = table<MoneyEvent>("events", {
  ...scope,
  id: "text",
  paymentId: "text",
  sequence: "int",
  type: "text",
  closes: "text",
  body: "text",
  createdAt: "time",
});

export const deliveries = table<Delivery>("deliveries", {
  ...scope,
  id: "text",
  channel: "text",
  eventId: "text",
  paymentId: "text",
  endpointId: "text",
  status: "text",
  tries: "int",
  scheduleStart: "int",
  nextTryAt: "time",
  lastStatusCode: "int",
  createdAt: "time",
  finishedAt: "time",
});

export const deliveryTries = table<DeliveryTry>("delivery_tries", {
  ...scope,
  deliveryId: "text",
  n: "int",
  at: "time",
  durationMs: "int",
  statusCode: "int",
  response: "evidence",
  error: "evidence",
});

export const cases = table<Case>("cases", {
  ...scope,
  id: "text",
  kind: "text",
  subject: "text",
  paymentId: "text",
  status: "text",
  summary: "evidence",
  evidence: "json",
  openedAt: "time",
  resolvedAt: "time",
  resolvedBy: "text",
});

export const inbox = table<InboxRow>("inbox", {
  ...scope,
  id: "text",
  connector: "text",
  accountId: "text",
  gatewayEventId: "text",
  body: "evidence",
  status: "text",
  attemptId: "text",
  receivedAt: "time",
  handledAt: "time",
});

export const jobs = table<Job>("jobs", {
  id: "text",
  ...scope,
  queue: "text",
  kind: "text",
  subject: "text",
  attemptId: "text",
  lane: "text",
  runAt: "time",
  tries: "int",
  leaseToken: "text",
  deadlineAt: "time",
  traceparent: "text",
  createdAt: "time",
});

export const idempotency = table<IdempotencyRow>("idempotency", {
  ...scope,
  audience: "text",
  key: "text",
  requestHash: "text",
  requestId: "text",
  creates: "bool",
  subject: "text",
  status: "int",
  answerEvent: "text",
  answerCloses: "text",
  answerBody: "text",
  createdAt: "time",
});

function table<Row extends object>(name: string, kinds: Readonly<Record<keyof Row & string, Kind>>): Table<Row> {
  const fields = Object.keys(kinds) as (keyof Row & string)[];
  const columns = fields.map((field): Column<Row> => ({ field, name: snakeCase(field), kind: kinds[field], of: (row) => row[field] }));
  return {
    name,
    columns,
    select: (alias) => columns.map((column) => `${alias}.${column.name}`).join(", "),
    rowOf: (raw) => rowOf(columns, raw),
    pick: (...wanted) => columns.filter((column) => wanted.includes(column.field)),
  };
}

function rowOf<Row>(columns: readonly Column<Row>[], raw: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, unknown> = {};
  for (const column of columns) {
    const value = raw[column.name];
    row[column.field] = column.kind === "time" && typeof value === "string" ? Date.parse(value) : value;
  }
  return row as Row;
}

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
