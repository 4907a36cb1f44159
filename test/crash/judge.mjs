// Four ledgers that must agree: the clients' answers, our rows, the gateway's journal, the webhooks at the merchant's receiver.
import pg from "pg";

/** The work that is still under way; the harness waits until there is none. */
export async function unresolved(databaseUrl) {
  const [row] = await query(
    databaseUrl,
    `select (select count(*) from payments where status not in ('succeeded', 'failed', 'canceled'))::int as payments,
            (select count(*) from attempts where status not in ('authorized', 'succeeded', 'declined', 'rejected', 'not_sent', 'canceled'))::int as attempts,
            (select count(*) from deliveries where status = 'pending')::int as deliveries,
            (select count(*) from inbox where status = 'received')::int as inbox`,
  );
  return row;
}

/** Why each attempt without an outcome still waits: for a person who looks at a run that did not heal. */
export function waiting(databaseUrl) {
  return query(
    databaseUrl,
    `select a.payment_id, a.operation, a.n, a.status, a.sends, a.questions, a.not_found, p.method ->> 'vpa' as asked_for,
            round(extract(epoch from clock_timestamp() - a.first_sent_at)) as age_s, j.kind as job,
            round(extract(epoch from j.run_at - clock_timestamp())) as due_in_s, j.lease_token is not null as held
     from attempts a join payments p on p.id = a.payment_id
     left join jobs j on j.attempt_id = a.id
     where a.closed_at is null order by a.id limit 20`,
  );
}

/** Every disagreement between the ledgers, by kind. All lists are empty if the promise holds. */
export async function judge({ databaseUrl, ...others }) {
  const payments = await query(
    databaseUrl,
    "select id, status, amount::int as amount, amount_refunded::int as refunded, identity from payments",
  );
  const attempts = await query(databaseUrl, "select payment_id, gateway_key, operation, status, late_status from attempts");
  const open = await query(databaseUrl, "select payment_id, kind from cases where status = 'open'");
  return compare({ payments, attempts, open }, others);
}

/**
 * @param rows of our tables: `payments`, `attempts` and `open` cases
 * @param others `positions`: the gateway's charges; `ledger`: answers to clients; `receiver`: events at the merchant
 */
export function compare({ payments, attempts, open }, { positions, ledger, receiver }) {
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const paymentOfKey = new Map(attempts.map((attempt) => [attempt.gateway_key, attempt.payment_id]));
  const cased = new Set(open.map((row) => row.payment_id));
  const money = moneyByPayment(positions, paymentOfKey);
  return {
    lost: [...ledger.values()].filter(({ id }) => !byId.has(id)).map(({ id }) => id),
    doubled: [...money.byPayment].filter(([id, { net }]) => net > (byId.get(id)?.amount ?? 0)).map(([id]) => id),
    twins: duplicates(payments.map((payment) => payment.identity)),
    orphans: money.orphans,
    untrue: payments
      .filter((payment) => !isTrue(payment, money.byPayment.get(payment.id)?.net ?? 0) && !cased.has(payment.id))
      .map(({ id, status }) => `${id} ${status}`),
    undelivered: payments.filter((payment) => !receiver.events.get(payment.id)?.has(`payment.${payment.status}`)).map(({ id }) => id),
    counts: {
      payments: payments.length,
      charges: positions.length,
      openCases: open.length,
      late: attempts.filter((attempt) => attempt.late_status !== null).length,
    },
  };
}

function isTrue(payment, net) {
  return payment.status === "succeeded" ? net === payment.amount - payment.refunded : net === 0;
}

function moneyByPayment(positions, paymentOfKey) {
  const byPayment = new Map();
  const orphans = [];
  for (const position of positions) {
    const paymentId = paymentOfKey.get(position.key);
    if (!paymentId) {
      orphans.push(position.key);
      continue;
    }
    const known = byPayment.get(paymentId) ?? { net: 0 };
    byPayment.set(paymentId, { net: known.net + position.captured - position.refunded });
  }
  return { byPayment, orphans };
}

function duplicates(values) {
  const seen = new Set();
  return values.filter((value) => seen.size === seen.add(value).size);
}

async function query(databaseUrl, text) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
