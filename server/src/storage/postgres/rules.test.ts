/** The rules that hold whoever writes: straight SQL, past all our code. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import {
  attemptMachine,
  closedWithoutCharge,
  deliveryMachine,
  paymentMachine,
  paymentIsTerminal,
  refundMachine,
  type PaymentStatus,
} from "../../core/states.ts";
import { attempt, delivery, event, exchange, id, moving, newScope, processing, stored, T0 } from "../conformance/rows.testing.ts";

for (const server of databaseServers()) {
  describe(`rules of the tables: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(() => storage.close());

    const run = (sql: string, values: unknown[] = []) => connect(storage.databaseUrl, (client) => client.query(sql, values));

    /** A payment with a row in every table that hangs on it. */
    async function whole() {
      const { payment, attempt: first } = await processing(storage.store, newScope());
      const told = event({ ...payment, sequence: 2 });
      const owed = delivery(told, id("whe"));
      const tried = {
        merchantId: payment.merchantId,
        mode: payment.mode,
        deliveryId: owed.id,
        n: 1,
        at: T0,
        durationMs: 1,
        statusCode: 200,
        response: null,
        error: null,
        url: null,
        headerNames: null,
      };
      const change = moving(
        payment,
        { sequence: 2 },
        { exchanges: [exchange(first)], events: [told], deliveries: { insert: [owed] }, deliveryTries: [tried] },
      );
      expect(await storage.store.commit(change)).toBe("applied");
      return { payment, first, told, owed };
    }

    test.each(["events", "exchanges", "delivery_tries"])("%s are append-only", async (table) => {
      const { payment } = await whole();
      await expect(run(`update ${table} set mode = mode where merchant_id = $1`, [payment.merchantId])).rejects.toThrow("append-only");
      await expect(run(`delete from ${table} where merchant_id = $1`, [payment.merchantId])).rejects.toThrow("append-only");
    });

    const statuses = Object.keys(paymentMachine.states) as PaymentStatus[];
    test.each(statuses.filter(paymentIsTerminal))("a payment never leaves %s", async (terminal) => {
      const row = await stored(storage.store, newScope(), { status: terminal });
      for (const next of statuses.filter((status) => status !== terminal)) {
        await expect(run("update payments set status = $2 where id = $1", [row.id, next])).rejects.toThrow("terminal");
      }
      await run("update payments set status = status, refund_reserved = 0 where id = $1", [row.id]);
    });

    test("the states of the tables are those of the code", async () => {
      const { rows } = await run(
        "select conname, pg_get_constraintdef(oid) as text from pg_constraint where conname like any (array['payments_status', 'attempts_status', 'refunds_status', 'deliveries_status'])",
      );
      const inTable = (name: string) =>
        [...rows.find((row) => row.conname === name).text.matchAll(/'(\w+)'/g)].map((match) => match[1]).toSorted();
      expect(inTable("payments_status")).toEqual(Object.keys(paymentMachine.states).toSorted());
      expect(inTable("attempts_status")).toEqual(Object.keys(attemptMachine.states).toSorted());
      expect(inTable("refunds_status")).toEqual(Object.keys(refundMachine.states).toSorted());
      expect(inTable("deliveries_status")).toEqual(Object.keys(deliveryMachine.states).toSorted());
    });

    const attemptStates = Object.entries(attemptMachine.states);
    test.each(attemptStates.filter(([, state]) => state.terminal).map(([name]) => name))(
      "an attempt closed as %s keeps everything but its late columns",
      async (status) => {
        const { attempt: first } = await processing(storage.store, newScope());
        await run("update attempts set status = $2, closed_at = to_timestamp(1) where id = $1", [first.id, status]);
        const kept = [
          "status = 'unknown'",
          "gateway_reference = 'x'",
          "amount = 1",
          "closed_at = null",
          "error = '{}'",
          "routing = '{}'",
          "sends = 9",
          "last_sent_at = to_timestamp(7)",
          "gateway_key = 'x'",
          "account_id = 'x'",
        ];
        for (const change of kept)
          await expect(run(`update attempts set ${change} where id = $1`, [first.id])).rejects.toThrow("closed attempt");
        await run("update attempts set late_status = 'succeeded', late_reference = 'r', late_at = to_timestamp(2) where id = $1", [
          first.id,
        ]);
      },
    );

    test.each(attemptStates.filter(([, state]) => !state.terminal).map(([name]) => name))(
      "beside an attempt that is %s no second one opens on its subject",
      async (status) => {
        const { payment, attempt: first } = await processing(storage.store, newScope());
        await run("update attempts set status = $2 where id = $1", [first.id, status]);
        await expect(insertAttempt(attempt(payment, { operation: "capture" }))).rejects.toThrow("attempts_one_open");
        await insertAttempt(attempt(payment, { operation: "capture", subject: "rfnd_other" }));
      },
    );

    test.each(attemptStates.map(([name]) => name))(
      "a second charge beside one that is %s needs the proof that it took nothing",
      async (status) => {
        const { payment, attempt: first } = await processing(storage.store, newScope());
        await run("update attempts set status = $2 where id = $1", [first.id, status]);
        const second = insertAttempt(attempt(payment, { n: 2, subject: "elsewhere" }));
        if (closedWithoutCharge.includes(status as never)) await second;
        else await expect(second).rejects.toThrow("attempts_one_charge");
      },
    );

    test("no row points into another tenant", async () => {
      const { payment, told, owed, first } = await whole();
      const foreign = newScope();
      for (const scope of [foreign, { merchantId: payment.merchantId, mode: "live" as const }]) {
        await expect(insertAttempt({ ...attempt(payment, { n: 5, subject: "s", operation: "void" }), ...scope })).rejects.toThrow(
          "attempts_payment",
        );
        const values = [scope.merchantId, scope.mode, id("evt"), payment.id];
        await expect(
          run(
            "insert into events (merchant_id, mode, id, payment_id, sequence, type, body, created_at) values ($1, $2, $3, $4, 99, 't', '{}', to_timestamp(0))",
            values,
          ),
        ).rejects.toThrow("events_payment");
        await expect(
          run(
            "insert into delivery_tries (merchant_id, mode, delivery_id, n, at, duration_ms) values ($1, $2, $3, 9, to_timestamp(0), 0)",
            [scope.merchantId, scope.mode, owed.id],
          ),
        ).rejects.toThrow("delivery_tries_delivery");
        await expect(
          run(
            "insert into exchanges (merchant_id, mode, id, attempt_id, kind, method, url, result, started_at, duration_ms) values ($1, $2, 'e', $3, 'send', 'GET', '', '', to_timestamp(0), 0)",
            [scope.merchantId, scope.mode, first.id],
          ),
        ).rejects.toThrow("exchanges_attempt");
      }
      expect(told.paymentId).toBe(payment.id);
    });

    test("a job has a lane", async () => {
      const { payment } = await whole();
      await expect(run("update jobs set lane = '' where subject = $1", [payment.id])).rejects.toThrow("jobs_lane_check");
    });

    async function insertAttempt(row: ReturnType<typeof attempt>): Promise<void> {
      await run(
        `insert into attempts (merchant_id, mode, id, payment_id, subject, operation, n, connector, account_id, gateway_key, status, amount, currency,
           routing, sends, questions, not_found, stored_error, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'c', 'a', $8, $9, 1, 'INR', '{}', 0, 0, 0, false, to_timestamp(0))`,
        [row.merchantId, row.mode, row.id, row.paymentId, row.subject, row.operation, row.n, row.gatewayKey, row.status],
      );
    }
  });
}
