/** The parts alone, as real processes: their settings, their work together, no card data left, a kill -9 without loss. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testCards } from "../../server/src/connectors/sandbox/cards.ts";
import { connect } from "../support/connect.ts";
import { databaseServers, sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import { card, upi, type Json } from "./support/merchant.ts";
import { startParts, type PartsOfTillway } from "./support/parts.ts";
import { run } from "./support/program.ts";
import { eventOf, startReceiver, verified, type Receiver } from "./support/receiver.ts";
import { textOfAllTables } from "./support/tables.ts";
import "./support/patience.ts";

describe("a part without its settings", () => {
  it.concurrent.each([
    ["api", ["DATABASE_URL", "TILLWAY_MASTER_KEY"]],
    ["worker", ["DATABASE_URL", "TILLWAY_MASTER_KEY"]],
    ["migrate", ["DATABASE_URL"]],
  ])("tillway %s names all that is missing at once", async (line, missing) => {
    const { code, err } = await run(line.split(" "));
    expect(code).toBe(78);
    const named = [...err.matchAll(/^ +([A-Z_]+) is missing\. /gm)].map((match) => match[1]!);
    expect(named.sort()).toEqual([...missing].sort());
  });

  it("a command that can find a database beside it says where it looked, and what would name one", async () => {
    const { code, err } = await run(["merchant", "create", "--name", "A", "--email", "a@b.example"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^tillway: no Tillway runs in .*: start it, or set DATABASE_URL and TILLWAY_MASTER_KEY/m);
  });
});

it("each part ends on SIGTERM with code 0, also with a call under way", async () => {
  const own = await startParts(databaseServers()[0]!.url, "http://127.0.0.1:9/hook");
  try {
    const { json } = await own.shop.create(upi("plain"));
    await own.shop.until(json.id, "processing", { pauseMs: 10 });
    for (const program of [own.api, own.worker, own.gateway]) {
      await program.stop("SIGTERM");
      expect(await program.ended).toEqual({ code: 0, signal: null });
    }
    const status = await connect(
      own.databaseUrl,
      async (client) => (await client.query("select status from payments where id = $1", [json.id])).rows,
    );
    expect(status).toEqual([{ status: "succeeded" }]);
  } finally {
    await own.close();
  }
});

let receiver: Receiver;
const all = new Map<string, PartsOfTillway>();
/** How often the receiver answers 500 before it takes an event, by the payment's description. */
const refusals = new Map<string, number>();

// On all servers at once: starting is waiting.
beforeAll(async () => {
  receiver = await startReceiver((response) => {
    const { data, type } = eventOf(receiver.received.at(-1)!);
    const left = type === "payment.succeeded" ? (refusals.get(data.description) ?? 0) : 0;
    refusals.set(data.description, left - 1);
    response.writeHead(left > 0 ? 500 : 200).end(left > 0 ? "not now" : "");
  });
  const starting = databaseServers().map(async ({ url }) =>
    all.set(url, await startParts(url, receiver.url, { WEBHOOK_RETRY_INTERVALS_TEST: "true" })),
  );
  // Each to its end, so that one that fails leaves nothing of another behind.
  await Promise.allSettled(starting);
  await Promise.all(starting);
});
afterAll(async () => {
  await Promise.all([...all.values()].map((parts) => parts.close()));
  await receiver?.close();
});

describe.each(sampledServers())("on $name", ({ name, url: serverUrl }) => {
  let parts: PartsOfTillway;
  beforeAll(() => void (parts = all.get(serverUrl)!));

  const came = (paymentId: string, type: string) =>
    receiver.received.filter((one) => eventOf(one).data.id === paymentId && eventOf(one).type === type);
  const some = (count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, async () => (await parts.shop.create(upi("plain"))).json.id as string));
  const statuses = (ids: readonly string[]): Promise<string[]> => Promise.all(ids.map(async (id) => (await parts.shop.payment(id)).status));
  /** Waits for success of all; questions that nobody is asking right now are asked at once and not on their schedule of seconds to minutes. */
  const expectChargedOnce = async (ids: readonly string[]): Promise<void> => {
    const hurried = "update jobs set run_at = created_at where kind in ('charge', 'ask') and lease_token is null and subject = any($1)";
    await waitFor(
      "all to succeed",
      async () => {
        await connect(parts.databaseUrl, (client) => client.query(hurried, [ids]));
        return (await statuses(ids)).every((status) => status === "succeeded");
      },
      { timeoutMs: 40_000, pauseMs: 500 },
    );
    for (const id of ids) expect(await moneyOf(parts.sandboxUrl, id)).toMatchObject({ charges: 1, net: 50_000 });
  };
  const deliveryOf = async (paymentId: string): Promise<Json> => {
    const { data } = (await parts.shop.get(`/v1/deliveries?payment_id=${paymentId}`)).json;
    const full: Json[] = await Promise.all(data.map(async (one: Json) => (await parts.shop.get(`/v1/deliveries/${one.id}`)).json));
    return full.find((one) => one.event_id === eventOf(came(paymentId, "payment.succeeded")[0]!).id);
  };

  it.concurrent("a payment's webhook carries both signatures and the same bytes at every try, and is sent again by hand", async () => {
    const description = `one refusal ${name}`;
    refusals.set(description, 1);
    const { json } = await parts.shop.create(card("4242424242424242", { description }));
    expect(json.status).toBe("pending");
    await parts.shop.until(json.id, "succeeded");
    const tries = await waitFor(
      "two tries",
      () => (came(json.id, "payment.succeeded").length >= 2 ? came(json.id, "payment.succeeded") : null),
      { timeoutMs: 20_000 },
    );
    for (const one of tries) expect(verified(one, parts.webhookSecret)).toEqual({ plain: true, standard: true });
    expect(tries[1]!.body.equals(tries[0]!.body)).toBe(true);
    expect(tries[1]!.headers["webhook-id"]).toBe(tries[0]!.headers["webhook-id"]);
    const log = await waitFor("the log of both tries", async () =>
      (await deliveryOf(json.id)).status === "succeeded" ? deliveryOf(json.id) : null,
    );
    expect(log.tries.map((one: Json) => one.status_code)).toEqual([500, 200]);
    expect(log.tries[0].response).toBe("not now");

    const again = await parts.shop.post(`/v1/deliveries/${log.id}/retry`);
    expect([again.status, again.json.status]).toEqual([200, "pending"]);
    await waitFor("the third", () => came(json.id, "payment.succeeded").length === 3);
    expect(came(json.id, "payment.succeeded")[2]!.body.equals(tries[0]!.body)).toBe(true);
  });

  it.concurrent("WEBHOOK_RETRY_INTERVALS_TEST plans the tries 5 and 10 s apart instead of minutes", async () => {
    const description = `never ${name}`;
    refusals.set(description, 100);
    const { json } = await parts.shop.create(upi("success", { description }));
    const plannedGap = async (tries: number): Promise<number> => {
      await waitFor(`try ${tries}`, () => came(json.id, "payment.succeeded").length >= tries, { timeoutMs: 20_000 });
      const log = await waitFor("its log", async () => ((await deliveryOf(json.id)).tries_made === tries ? deliveryOf(json.id) : null));
      const last = log.tries.at(-1);
      return Date.parse(log.next_try_at) - (Date.parse(last.at) + last.duration_ms);
    };
    // The commit of the try takes some time in between.
    expect(Math.round((await plannedGap(1)) / 1_000)).toBe(5);
    expect(Math.round((await plannedGap(2)) / 1_000)).toBe(10);
  });

  it("card numbers and CVVs are found nowhere: no table, no log line, no journal, no webhook", async () => {
    const canary = "4929123456781236";
    const refused = await parts.shop.create(card(canary, { description: "canary refused", confirm: true }), "canary-key");
    expect([refused.status, refused.json.error.code]).toEqual([400, "test_card_required"]);
    const spaced = card("4929 1234 5678 1236") as Json;
    const withCvv = await parts.shop.create({ ...spaced, card: { ...spaced.card, cvv: "917" } });
    expect(withCvv.status).toBe(400);
    const used = testCards.filter((one) => one.scenario !== "challenge").slice(0, 8);
    const made = await Promise.all(
      used.map(({ number, network }) => {
        const body = card(number, { description: "canary accepted" }) as Json;
        return parts.shop.create({
          ...body,
          card: { ...body.card, cvv: network === "amex" ? "9173" : "917", holder_name: "Canary Holder" },
        });
      }),
    );
    expect(made.map((answer) => answer.status)).toEqual(used.map(() => 201));
    for (const { json } of made)
      await waitFor("its end", async () => ["succeeded", "failed"].includes((await parts.shop.payment(json.id)).status));
    const places: Record<string, string> = {
      tables: await textOfAllTables(parts.databaseUrl),
      log: parts.printed(),
      journal: parts.journalText(),
      webhooks: receiver.received.map((one) => one.body.toString("utf8")).join("\n"),
      answers: [refused, withCvv, ...made].map((answer) => answer.text).join("\n"),
    };
    // The search finds what is there.
    expect(places["tables"]).toContain("canary accepted");
    expect(places["log"]).toContain('"route":"/v1/payments"');
    expect(places["journal"]).toContain(made[0]!.json.id);
    for (const [place, text] of Object.entries(places)) {
      const digits = text.replaceAll(/(?<=\d)[ -](?=\d{4}\b)/g, "");
      for (const number of [canary, "4929 1234 5678 1236", ...testCards.map((one) => one.number)]) {
        expect(text.includes(number) || digits.includes(number), `${number} in ${place}`).toBe(false);
      }
      for (const cvv of ['"917"', '"9173"', '\\"917', "Canary Holder"]) expect(text.includes(cvv), `${cvv} in ${place}`).toBe(false);
      // As a word: one gateway key in a thousand has these three letters somewhere in its middle.
      expect(/\bcvv\b/i.exec(text)?.[0], `cvv in ${place}`).toBeUndefined();
    }
  });

  it("a worker killed with calls under way: the next one asks, the payments end, each is charged once", async () => {
    // The bank takes a second, so calls are under way when the worker dies.
    const ids = await some(5);
    await waitFor("calls under way", async () => (await statuses(ids)).includes("processing"));
    parts.worker.process.kill("SIGKILL");
    await parts.worker.ended;
    // The dead worker's leases end after 40 s; here they end now.
    const freed = "update jobs set lease_token = null where subject = any($1)";
    await connect(parts.databaseUrl, (client) => client.query(freed, [ids]));
    await parts.startWorker();
    await expectChargedOnce(ids);
  });

  it("the sandbox away for a while: payments under way and new ones succeed when it is back, charged once", async () => {
    const under = await some(3);
    await waitFor("calls under way", async () => (await statuses(under)).includes("processing"));
    parts.gateway.process.kill("SIGKILL");
    await parts.gateway.ended;
    const meanwhile = await some(5);
    await waitFor("each to be tried twice in vain", async () => {
      const { rows } = await connect(parts.databaseUrl, (client) =>
        client.query("select from attempts where payment_id = any($1) and sends >= 2", [meanwhile]),
      );
      return rows.length === meanwhile.length;
    });
    expect(new Set(await statuses(meanwhile))).toEqual(new Set(["processing"]));
    await parts.startGateway();
    await expectChargedOnce([...under, ...meanwhile]);
  });
});
