/** All that is kept about one payment, for its timeline. */
import { HISTORY_ROWS_MAX } from "../../core/constants.ts";
import type { Exchange, Scope } from "../../core/model.ts";
import type { Reads } from "../../core/ports/reads.ts";
import type { HistoricRequest } from "../../core/timeline.ts";
import type { Query } from "./lists.ts";
import { attempts, cases, deliveries, deliveryTries, events, exchanges, refunds } from "../tables.ts";

type Payment = NonNullable<Awaited<ReturnType<Reads["payment"]>>>["payment"];

/** Each table by an index of its own, a bounded number of rows of each. @param payment as it was just read */
export async function historyOf(query: Query, scope: Scope, payment: Payment): ReturnType<Reads["history"]> {
  const ask = (name: keyof typeof texts) =>
    query(`history_${name}`, texts[name], [scope.merchantId, scope.mode, payment.id, HISTORY_ROWS_MAX]);
  const read = {
    attempts: (await ask("attempts")).map(attempts.rowOf),
    refunds: (await ask("refunds")).map(refunds.rowOf),
    exchanges: (await ask("exchanges")).map(exchanges.rowOf) as Exchange[],
    events: (await ask("events")).map(events.rowOf),
    deliveries: (await ask("deliveries")).map(deliveries.rowOf),
    tries: (await ask("tries")).map(deliveryTries.rowOf),
    cases: (await ask("cases")).map(cases.rowOf),
    requests: (await ask("requests")) as unknown as readonly HistoricRequest[],
  };
  const isCut = Object.values(read).some((rows) => rows.length === HISTORY_ROWS_MAX);
  return { payment, ...read, isCut };
}

const own = "t.merchant_id = $1 and t.mode = $2";
const eventsOf = "array(select e.id from events e where e.payment_id = $3 and e.merchant_id = $1 and e.mode = $2)";
const attemptsOf = "array(select a.id from attempts a where a.payment_id = $3 and a.merchant_id = $1 and a.mode = $2)";
const deliveriesOf = `array(select d.id from deliveries d where d.event_id = any(${eventsOf}) and d.merchant_id = $1 and d.mode = $2)`;

const texts = {
  attempts: `select ${attempts.select("t")} from attempts t where ${own} and t.payment_id = $3 order by t.created_at, t.id limit $4`,
  refunds: `select ${refunds.select("t")} from refunds t where ${own} and t.payment_id = $3 order by t.created_at, t.id limit $4`,
  exchanges: `select ${exchanges.select("t")} from exchanges t where ${own} and t.attempt_id = any(${attemptsOf}) order by t.started_at, t.id limit $4`,
  events: `select ${events.select("t")} from events t where ${own} and t.payment_id = $3 order by t.sequence limit $4`,
  deliveries: `select ${deliveries.select("t")} from deliveries t where ${own} and t.event_id = any(${eventsOf}) order by t.id limit $4`,
  tries: `select ${deliveryTries.select("t")} from delivery_tries t where ${own} and t.delivery_id = any(${deliveriesOf}) order by t.at, t.n limit $4`,
  cases: `select ${cases.select("t")} from cases t where ${own} and t.payment_id = $3 order by t.opened_at, t.id limit $4`,
  requests: `select t.id, t.method, t.route, t.status, t.error_code as "errorCode", t.at from requests t where ${own} and t.payment_id = $3 order by t.at, t.id limit $4`,
};
