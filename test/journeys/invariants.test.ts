/** Rows that contradict each other are found, named and told, on real parts; rows that do not are left alone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invariantIds, SWEPT_INVARIANT, type InvariantId } from "../../server/src/core/invariants.ts";
import { checkInvariants } from "../../server/src/flows/upkeep/invariants.ts";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { card, upi, type Json, type Merchant } from "./support/merchant.ts";
import { startReceiver, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const SUCCESS = "4111111111111111";
const held = upi("success", { capture_method: "manual", confirm: true });

/** What a hand in the database does to one payment, `$1`, and the kind of payment that it is done to. */
const broken: Readonly<Record<Exclude<InvariantId, typeof SWEPT_INVARIANT>, readonly [of: "taken" | "held" | "refunded", sql: string]>> = {
  captured_within_authorized: ["taken", "update payments set amount_authorized = 1 where id = $1"],
  captured_adds_up: ["held", "update payments set amount_captured = amount_captured + 7 where id = $1"],
  authorized_adds_up: ["held", "update payments set amount_authorized = amount_authorized - 1 where id = $1"],
  refunded_within_captured: ["taken", "update payments set amount_refunded = amount_captured + 1 where id = $1"],
  refunded_adds_up: ["refunded", "update refunds set amount = amount - 1 where payment_id = $1"],
  one_charge: [
    "taken",
    `insert into attempts select (json_populate_record(a, json_build_object('id', a.id || 'X', 'n', 2, 'gateway_key', a.gateway_key || 'X'))).*
      from attempts a where payment_id = $1`,
  ],
  one_open_attempt: [
    "held",
    `insert into attempts select (json_populate_record(a, json_build_object('id', a.id || g, 'n', g, 'operation', 'capture', 'status', 'unknown',
      'gateway_key', a.gateway_key || g))).* from attempts a, generate_series(1, 2) g where payment_id = $1`,
  ],
  one_live_payment: ["taken", "update payments set order_id = 'an order' where id = $1"],
  paid_order_is_captured: [
    "taken",
    `with o as (insert into orders (merchant_id, mode, id, status, amount, currency, amount_paid, notes, request_id, created_at)
      select merchant_id, mode, 'ord_' || substr(id, 5), 'created', amount, currency, 0, '{}', 'r', created_at from payments where id = $1 returning id)
      update payments set order_id = 'ord_' || substr(id, 5) where id = $1`,
  ],
  status_fits_amounts: ["taken", "update payments set status = 'failed' where id = $1"],
  ended_has_no_open_charge: ["taken", "update attempts set status = 'unknown' where payment_id = $1"],
  payment_is_owned: ["held", "delete from jobs where id = 'job_' || substr($1, 5)"],
  attempt_is_owned: ["taken", "update attempts set status = 'calling' where payment_id = $1"],
  refund_is_owned: ["refunded", "update refunds set status = 'processing' where payment_id = $1"],
  delivery_is_owned: ["taken", "update deliveries set status = 'pending' where payment_id = $1"],
  outcome_is_told: ["taken", "delete from deliveries where payment_id = $1"],
  events_without_gap: ["taken", "delete from events where payment_id = $1 and sequence = 2"],
};

describe.each(sampledServers())("the invariants of money on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let receiver: Receiver;
  let shop: Merchant;
  let stranger: Merchant;
  beforeAll(async () => {
    stage = await openStage(serverUrl);
    receiver = await startReceiver((response) => response.writeHead(200).end());
    shop = (await stage.merchant(receiver.url)).client;
    stranger = (await stage.merchant()).client;
  });
  afterAll(async () => {
    await stage?.close();
    await receiver?.close();
  });

  const sql = (text: string, values: readonly unknown[] = []) =>
    connect(stage.databaseUrl, async (client) => {
      await client.query("set session_replication_role = replica");
      return (await client.query(text, [...values])).rows as Json[];
    });
  const shown = async (of = shop): Promise<Record<string, Json>> =>
    Object.fromEntries((await of.get("/v1/invariants")).json.data.map((row: Json) => [row.id, row]));

  /** All rows are looked at again, as the walk does once a day. */
  async function lookAtAll(): Promise<void> {
    const { at } = (await sql("select clock_timestamp() as at"))[0];
    await sql(
      "update invariant_checks set turn_at = '-infinity', walk_id = '', walk_started_at = null, walk_finished_at = null, version = version + 1",
    );
    await waitFor("all rows to be looked at", async () => {
      await checkInvariants(stage.parts.deps);
      return (await sql("select from invariant_checks where walk_finished_at is null or last_run_at < $1", [at])).length === 0;
    });
  }

  async function payment(of: "taken" | "held" | "refunded"): Promise<string> {
    const { id } = (await shop.create(of === "held" ? held : card(SUCCESS))).json;
    await shop.until(id, of === "held" ? "authorized" : "succeeded");
    if (of !== "refunded") return id;
    const refund = (await shop.post("/v1/refunds", { payment_id: id, amount: 100 })).json;
    await waitFor("the refund", async () => (await shop.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded");
    return id;
  }

  it("hold after charges, declines, challenges, captures, cancels, refunds and orders, also while they are under way", async () => {
    const order = (await shop.post("/v1/orders", { amount: 50_000, currency: "INR" })).json;
    const open = await payment("held");
    await shop.post(`/v1/payments/${open}/capture`, { amount: 20_000 });
    const part = await payment("held");
    await shop.post(`/v1/payments/${part}/capture`, { amount: 10_000, final: true });
    await shop.post(`/v1/payments/${await payment("held")}/cancel`);
    await payment("refunded");
    await shop.create(card("4000000000000002"));
    await shop.create(card(SUCCESS, { order_id: order.id }));
    await shop.create(upi("timeout", { confirm: true }));
    await shop.create(card(SUCCESS, { confirm: false }));
    await checkInvariants(stage.parts.deps);
    await shop.until(part, "succeeded");
    await lookAtAll();
    const rows = await shown();
    expect(Object.keys(rows)).toEqual(invariantIds);
    for (const row of Object.values(rows)) {
      // No sweep has ended yet: nothing was compared with a gateway.
      const status = row.id === SWEPT_INVARIANT && row.last_run_at === null ? "not_checked_yet" : "holds";
      expect(row).toMatchObject({ status, breaks: 0, rows: [] });
    }
    expect(rows["one_charge"].checked).toMatchObject({ payments: expect.any(Number), events: expect.any(Number) });
    expect(rows["one_charge"].checked.payments).toBeGreaterThanOrEqual(8);
    expect((await shop.get("/v1/invariants")).json.full_pass).toMatchObject({ progress: 1, finished_at: expect.any(String) });
    expect((await shop.get("/v1/cases?kind=broken_invariant")).json.data).toEqual([]);
  });

  it(
    "name the payment and its rows when a hand in the database breaks one, once, and hold again when they are mended",
    { timeout: 120_000 },
    async () => {
      const ids: Record<string, string> = {};
      for (const [invariant, [of]] of Object.entries(broken)) ids[invariant] = await payment(of);
      await waitFor("all webhooks", async () => (await sql("select from deliveries where status = 'pending'")).length === 0);
      await sql("update webhook_endpoints set created_at = created_at - interval '1 hour'");
      await loosen(sql);
      for (const [invariant, [, text]] of Object.entries(broken)) await sql(text, [ids[invariant]]);
      await lookAtAll();
      await lookAtAll();
      const rows = await shown();
      const cases: Json[] = (await shop.get("/v1/cases?kind=broken_invariant&status=open&limit=100")).json.data;
      for (const invariant of Object.keys(broken)) {
        expect(rows[invariant], invariant).toMatchObject({ status: "broken" });
        const told = cases.filter((each) => each.evidence.invariant === invariant && each.payment_id === ids[invariant]);
        expect(told, invariant).toHaveLength(1);
        expect(
          told[0].evidence.rows.some((row: Json) => rows[invariant].rows.includes(row.id)),
          invariant,
        ).toBe(true);
      }
      expect(rows[SWEPT_INVARIANT].status).not.toBe("broken");
      const figures = await stage.parts.deps.invariants!.broken({ merchantId: "mer_none", mode: "test" }, 10);
      expect(figures).toEqual([]);
      for (const row of Object.values(await shown(stranger))) {
        expect(row.rows).toEqual([]);
        expect(row.status).not.toBe("broken");
      }
      await sql("update payments set amount_captured = amount_captured - 7 where id = $1", [ids["captured_adds_up"]]);
      await lookAtAll();
      const mended = (await shop.get(`/v1/cases?kind=broken_invariant&payment_id=${ids["captured_adds_up"]}`)).json.data;
      expect(mended).toMatchObject([{ status: "resolved", resolved_by: "answer" }]);
    },
  );
});

/** Without the constraints that refuse such rows. */
async function loosen(sql: (text: string) => Promise<Json[]>): Promise<void> {
  await sql(`do $$ declare c record; begin
    for c in select conrelid::regclass as t, conname from pg_constraint where contype = 'c' and conrelid in ('payments'::regclass, 'attempts'::regclass, 'orders'::regclass) loop
      execute format('alter table %s drop constraint %I', c.t, c.conname);
    end loop; end $$`);
  await sql("drop index attempts_one_charge; drop index attempts_one_open");
}
