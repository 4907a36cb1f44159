/** Payments as a table for spreadsheets, of any length: read page by page, no faster than the caller takes it. */
import { Readable } from "node:stream";
import { Type } from "typebox";
import { clockOf, csvLine } from "../../core/csv.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Payment } from "../../core/model.ts";
import { shownOf } from "../../core/methods/method.ts";
import { exponentOf, toDecimal } from "../../core/money.ts";
import type { Page } from "../../core/ports/reads.ts";
import { actorOf, type App } from "../../http/app.ts";
import { scopeOf } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { pageOf } from "../lists.ts";
import { headOnly, sendLong, whileAllowed } from "../long-answers.ts";
import { errorAnswers, pageQuery } from "../schemas/common.ts";
import { paymentFilterOf, paymentFilterQuery } from "../schemas/payment.ts";
import { timeZoneIn, unknownZone, zoneFor } from "../time-zone.ts";

/** Few enough to be forgotten while they are young. */
const BATCH_ROWS = 200;
const ROWS_MAX = 1_000_000;

type Cell = string | number | null;
type Clock = (at: number) => string;
type Column = readonly [name: string, of: (payment: Payment, clock: Clock) => Cell];

const money = (name: string, of: (payment: Payment) => number): Column[] => [
  [name, (payment) => toDecimal(of(payment), exponentOf(payment.currency) ?? 0)],
  [`${name}_minor`, of],
];

const shown = (payment: Payment, name: string): string | null => (payment.method && shownOf(payment.method)[name]) ?? null;

/** `%`: the time zone. */
const columns: readonly Column[] = [
  ["id", ({ id }) => id],
  ["created_at (%)", ({ createdAt }, clock) => clock(createdAt)],
  ["status", ({ status }) => status],
  ["currency", ({ currency }) => currency],
  ...money("amount", (payment) => payment.amount),
  ...money("amount_captured", (payment) => payment.amountCaptured),
  ...money("amount_refunded", (payment) => payment.amountRefunded),
  ["method", ({ method }) => method?.type ?? null],
  ["network", (payment) => shown(payment, "network")],
  ["last4", (payment) => shown(payment, "last4")],
  ["order_id", ({ orderId }) => orderId],
  ["customer_email", ({ customer }) => customer?.email ?? null],
  ["customer_name", ({ customer }) => customer?.name ?? null],
  ["description", ({ description }) => description],
  ["error_code", ({ error }) => error?.code ?? null],
  ["finalized_at (%)", ({ finalizedAt }, clock) => (finalizedAt === null ? null : clock(finalizedAt))],
];

const { created_from: createdFrom, created_before: createdBefore } = pageQuery("pay");
const exportQuery = Type.Object({
  ...paymentFilterQuery,
  created_from: createdFrom,
  created_before: createdBefore,
  time_zone: timeZoneIn("As whose clocks times are written."),
});

export function paymentsCsvRoute(api: App, deps: ApiDeps): void {
  const busy = new Set<string>();
  const schema = {
    operationId: "exportPayments",
    summary: "Export payments as CSV",
    description:
      "Newest first, with the filters of the list. Amounts stand in the currency's unit and in minor units, times as the clocks of `time_zone` show them. A text that a spreadsheet would take for a formula begins with a quotation mark. At most 1,000,000 rows: a last line says so then. One export per caller at a time.",
    tags: ["Payments"],
    querystring: exportQuery,
    response: {
      200: { description: "The table: UTF-8, RFC 4180.", content: { "text/csv": { schema: Type.String() } } },
      ...errorAnswers("get", ["invalid_field", "unknown_time_zone"]),
    },
  };
  api.get("/v1/payments.csv", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { query } = request;
    const caller = `${actorOf(request).merchantId} ${actorOf(request).keyId}`;
    const zone = await zoneFor(deps, request, query.time_zone);
    const clock = clockOf(zone);
    if (clock === null) throw unknownZone();
    const { created_from: from, created_before: before } = query;
    const page = { ...pageOf({ created_from: from, created_before: before }, "pay"), ...paymentFilterOf(query) };
    const headers = csvHeaders(deps.flows.clock.now());
    const head = headOnly(request, reply, headers);
    if (head !== null) return head;
    if (busy.has(caller)) throw new TillwayError("rate_limited", { message: "One export of yours is under way. Wait for its end." });
    const read = async (given: Page): Promise<readonly Payment[]> => {
      const found = await deps.reads.payments(scopeOf(request), { ...page, ...given });
      return found === "unknown_cursor" ? [] : found.rows;
    };
    busy.add(caller);
    const first = await read({ limit: BATCH_ROWS }).catch((error: unknown) => {
      busy.delete(caller);
      throw error;
    });
    const stream = Readable.from(linesOf(first, read, { zone, clock }), { objectMode: false });
    stream.once("close", () => busy.delete(caller));
    return sendLong(
      reply,
      headers,
      whileAllowed(stream, () => api.stillAllowed(request, "payments.read")),
    );
  });
}

/**
 * The first page is read before the answer begins, so that a refusal still is one. Of a page only its text is held while the caller takes it and
 * the next one is read: rows that live long would make the heap grow.
 */
async function* linesOf(
  first: readonly Payment[],
  read: (page: Page) => Promise<readonly Payment[]>,
  { zone, clock }: { readonly zone: string; readonly clock: Clock },
): AsyncGenerator<string> {
  yield csvLine(columns.map(([name]) => name.replace("%", zone)));
  const textOf = (rows: readonly Payment[]) => ({
    text: rows.map((payment) => csvLine(columns.map(([, of]) => of(payment, clock)))).join(""),
    count: rows.length,
    last: rows.at(-1)?.id,
  });
  let page = textOf(first);
  for (let count = page.count; page.count > 0; count += page.count) {
    yield page.text;
    if (page.count < BATCH_ROWS) return;
    if (count >= ROWS_MAX) return yield csvLine([`Cut after ${ROWS_MAX} rows: go on with created_before, at the time of the last one.`]);
    page = await read({ limit: BATCH_ROWS, startingAfter: page.last }).then(textOf);
  }
}

function csvHeaders(now: number): Record<string, string> {
  const name = `payments-${new Date(now).toISOString().slice(0, 10)}.csv`;
  return { "content-type": "text/csv; charset=utf-8", "content-disposition": `attachment; filename="${name}"` };
}
