/**
 * Which row of the core lies in which table, column by column, and which columns may change. The compiler refuses a field that has no
 * column here. Everything else follows: what an update writes, what a create leaves out, what the in-memory store refuses to change,
 * and what the conformance suite and the test of the triggers go through.
 */
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
} from "../core/model.ts";

export type Kind = "text" | "evidence" | "json" | "int" | "bool" | "time";

export interface Column<Row> {
  readonly field: keyof Row & string;
  readonly name: string;
  readonly kind: Kind;
  readonly change: Change | null;
  readonly of: (row: Row) => unknown;
}

/** How a column may change after its row was written. */
interface Change {
  /** Null or zero in a new row, so that a create need not send it. */
  readonly startsEmpty?: true;
  /** Also in a row that is closed: what arrived too late. */
  readonly evenClosed?: true;
  /** Each update adds one by itself. */
  readonly raised?: true;
}

interface Mutable {
  readonly kind: Kind;
  readonly change: Change;
}

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

function mutable(kind: Kind, change: Change = {}): Mutable {
  return { kind, change };
}

const scope = { merchantId: "text", mode: "text" } as const;

export const payments = table<Payment>("payments", {
  ...scope,
  id: "text",
  orderId: "text",
  status: mutable("text"),
  version: mutable("int", { raised: true }),
  attempt: mutable("int", { startsEmpty: true }),
  sequence: mutable("int"),
  amount: "int",
  currency: "text",
  amountAuthorized: mutable("int", { startsEmpty: true }),
  amountCaptured: mutable("int", { startsEmpty: true }),
  captureReserved: mutable("int", { startsEmpty: true }),
  amountRefunded: mutable("int", { startsEmpty: true }),
  refundReserved: mutable("int", { startsEmpty: true }),
  method: mutable("json"),
  captureMethod: "text",
  description: "text",
  metadata: "json",
  customer: mutable("json"),
  returnUrl: mutable("text"),
  nextAction: mutable("json", { startsEmpty: true }),
  error: mutable("json", { startsEmpty: true }),
  identityKind: "text",
  identity: "text",
  audience: "text",
  cancelRequestedAt: mutable("time", { startsEmpty: true }),
  lapsesAt: mutable("time", { startsEmpty: true }),
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
  status: mutable("text"),
  amount: "int",
  currency: "text",
  gatewayReference: mutable("text"),
  parentReference: mutable("text"),
  error: mutable("json"),
  routing: "json",
  firstSentAt: mutable("time"),
  lastSentAt: mutable("time"),
  sends: mutable("int"),
  questions: mutable("int"),
  notFound: mutable("int"),
  storedError: mutable("bool"),
  createdAt: "time",
  closedAt: mutable("time"),
  lateStatus: mutable("text", { evenClosed: true }),
  lateReference: mutable("text", { evenClosed: true }),
  lateAt: mutable("time", { evenClosed: true }),
});

export const refunds = table<Refund>("refunds", {
  ...scope,
  id: "text",
  paymentId: "text",
  kind: "text",
  reverses: "text",
  amount: "int",
  reason: "text",
  status: mutable("text"),
  error: mutable("json"),
  createdAt: "time",
  processedAt: mutable("time"),
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
  status: mutable("text"),
  tries: mutable("int"),
  scheduleStart: mutable("int"),
  nextTryAt: mutable("time"),
  lastStatusCode: mutable("int"),
  createdAt: "time",
  finishedAt: mutable("time"),
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
  status: mutable("text"),
  summary: "evidence",
  evidence: "json",
  openedAt: "time",
  resolvedAt: mutable("time"),
  resolvedBy: mutable("text"),
  resolution: mutable("evidence"),
  resolvedByName: mutable("evidence"),
});

export const inbox = table<InboxRow>("inbox", {
  ...scope,
  id: "text",
  connector: "text",
  accountId: "text",
  gatewayEventId: "text",
  body: "evidence",
  status: mutable("text"),
  attemptId: mutable("text"),
  receivedAt: "time",
  handledAt: mutable("time"),
});

export const jobs = table<Job>("jobs", {
  id: "text",
  ...scope,
  queue: "text",
  kind: mutable("text"),
  subject: "text",
  attemptId: mutable("text"),
  lane: mutable("text"),
  runAt: mutable("time"),
  tries: mutable("int"),
  leaseToken: mutable("text"),
  deadlineAt: mutable("time"),
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

function table<Row extends object>(name: string, kinds: Readonly<Record<keyof Row & string, Kind | Mutable>>): Table<Row> {
  const fields = Object.keys(kinds) as (keyof Row & string)[];
  const columns = fields.map((field): Column<Row> => {
    const given = kinds[field];
    const { kind, change } = typeof given === "string" ? { kind: given, change: null } : given;
    return { field, name: snakeCase(field), kind, change, of: (row) => row[field] };
  });
  return {
    name,
    columns,
    mutable: columns.filter((column) => column.change !== null && !column.change.raised),
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
