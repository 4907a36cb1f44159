/** Texts that somebody would like a page to run, in each place where another person's words are shown; harmless, for each sets one variable. */
import { CASE_REASON_LENGTH_MAX } from "../../../server/src/core/constants.ts";
import { case_ } from "../../../server/src/storage/conformance/rows.testing.ts";
import { patiently, type Json, type Merchant } from "../../journeys/support/merchant.ts";
import { startReceiver, type Receiver } from "../../journeys/support/receiver.ts";
import { connect } from "../../support/connect.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Dashboard } from "./dashboard.ts";

/** An element that runs a handler: with its place at most 40 characters, as the shortest field has, and in JSON as it is. */
export const tag = (place: string): string => `<img src=x onerror=ran='${place}'>`;
/** The end of an attribute and of a script, a script, an image with a handler, a link that runs, and a template's expression. */
export const all = (place: string): string =>
  `"'></script><script>ran='${place}'</script>${tag(place)} javascript:ran='${place}' {{constructor.constructor('ran=1')()}}`;
/** Without a blank and without what an address of the web can't hold. */
const inUrl = (place: string): string => `<img/src=x/onerror=ran='${place}'>`;
/** Of the characters that an e-mail address may have, those that leave an attribute. */
export const EMAIL = "'/onload='ran=1'/x='@shop.example";

export interface Planted {
  readonly payment: Json;
  readonly order: Json;
  readonly refund: Json;
  readonly endpoint: Json;
  readonly delivery: Json;
  readonly link: Json;
  /** The ids of cases: one is open, one was resolved. */
  readonly open: string;
  readonly resolved: string;
  readonly receiver: Receiver;
}

/** Before anybody looks: all of it by the way that others have, but for what only a gateway or an operator says, which is written into its row. */
export async function plant({ stage, shop }: Dashboard): Promise<Planted> {
  const merchant = shop.client;
  const sql = (text: string, values: unknown[] = []) => connect(stage.databaseUrl, (client) => client.query(text, values));
  await sql("update merchants set name = $1", [tag("shop")]);
  const receiver = await startReceiver((response) => void response.writeHead(500).end(all("answer")));
  const { made, changed } = senders(merchant);
  const endpoint = await made("/v1/webhook-endpoints", {
    url: `${receiver.url}/?to=${inUrl("url")}`,
    description: all("endpoint"),
    headers: { "X-Shop": tag("header") },
  });
  await settings({ shop });
  const link = await made("/v1/payment-links", {
    amount: 100,
    currency: "INR",
    description: all("link"),
    metadata: { [tag("field")]: all("value") },
  });
  const order = await made("/v1/orders", {
    amount: 50_000,
    currency: "INR",
    receipt: tag("receipt"),
    notes: { [tag("noted")]: all("note") },
  });
  const paid = { amount: 50_000, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" } };
  const first = await made("/v1/payments", {
    ...paid,
    order_id: order.id,
    description: all("description"),
    metadata: { [tag("meta")]: all("metadata") },
    customer: { email: EMAIL, name: tag("customer"), user_agent: all("agent") },
  });
  const payment = await merchant.until(first.id, "succeeded");
  const refund = await made("/v1/refunds", { payment_id: payment.id, amount: 100, reason: all("refund") });
  // What a gateway says, in the rows that keep it: one that is closed is changed by nobody but an owner of the database.
  await sql(
    `set session_replication_role = replica; update attempts set error = json_build_object('code', 'card_declined', 'message', '${quoted(
      all("gateway"),
    )}', 'gateway_code', '${quoted(tag("code"))}') where operation = 'charge'`,
  );
  const [open, resolved] = await cases({ stage, shop });
  await changed(merchant.post(`/v1/cases/${resolved}/resolve`, { reason: all("reason"), by: tag("by") }));
  const delivery = await answered(merchant, endpoint.id as string);
  return { payment, order, refund, endpoint, delivery, link, open, resolved, receiver };
}

/** What refuses anything but success. */
function senders(merchant: Merchant) {
  const made = async (path: string, body: object): Promise<Json> => {
    const { status, json } = await patiently(() => merchant.post(path, body));
    if (status !== 201) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json;
  };
  const changed = async (answer: Promise<{ status: number; json: Json }>): Promise<void> => {
    const { status, json } = await answer;
    if (status !== 200) throw new Error(JSON.stringify(json));
  };
  return { made, changed };
}

async function settings({ shop: { client: merchant, created } }: Pick<Dashboard, "shop">): Promise<void> {
  const { made, changed } = senders(merchant);
  await made("/v1/keys", { name: tag("key"), scopes: ["payments.read"] });
  await changed(merchant.patch(`/v1/connector-accounts/${created.accountId}`, { name: tag("account") }));
  await changed(merchant.put("/v1/routing-rules", { rules: [{ name: tag("rule"), accounts: [created.accountId] }] }));
  await changed(merchant.put("/v1/checkout/settings", { name: tag("brand") }));
  await changed(merchant.put("/v1/email-settings", { enabled: true, from_name: tag("sender"), line: all("letter") }));
}

function answered(merchant: Merchant, endpointId: string): Promise<Json> {
  return waitFor(
    "a delivery that was answered",
    async () => {
      const { data } = (await merchant.get(`/v1/deliveries?status=pending&endpoint_id=${endpointId}`)).json;
      return data.find(({ tries_made: tries }: Json) => tries > 0) ?? null;
    },
    { timeoutMs: 60_000 },
  );
}

const quoted = (text: string): string => text.replaceAll("'", "''");

async function cases({ stage, shop }: Pick<Dashboard, "stage" | "shop">): Promise<[string, string]> {
  const scope = { merchantId: shop.created.merchantId, mode: "test" } as const;
  const summary = all("case").slice(0, CASE_REASON_LENGTH_MAX);
  const rows = [1, 2].map((n) => case_(scope, { subject: `job_${n}`, summary, evidence: { [tag("evidence")]: all("evidence") } }));
  await stage.parts.deps.store.commit({ ...scope, cases: { open: rows } });
  return [rows[0]!.id, rows[1]!.id];
}
