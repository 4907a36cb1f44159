/** `tillway trigger`, `tillway events resend` and `tillway logs tail`, as real processes against an API over a database. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recipes } from "../../server/src/cli/client/trigger.ts";
import { eventTypes } from "../../server/src/core/events.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { upi, type Merchant } from "./support/merchant.ts";
import { launch, run } from "./support/program.ts";
import { eventOf, startReceiver, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

let stage: Stage;
let shop: Merchant;
let receiver: Receiver;
let environment: Record<string, string>;
const home = mkdtempSync(join(tmpdir(), "tillway events "));

beforeAll(async () => {
  receiver = await startReceiver((response) => void response.writeHead(204).end());
  stage = await openStage(databaseServers()[0]!.url);
  const { client, created } = await stage.merchant(receiver.url);
  shop = client;
  environment = { TILLWAY_URL: stage.url, TILLWAY_KEY: created.key, TILLWAY_SECRET: created.secret, TILLWAY_HOME: home };
});
afterAll(async () => {
  await stage?.close();
  await receiver?.close();
  rmSync(home, { recursive: true });
});

const tillway = (...argv: string[]) => run(argv, environment);

describe("tillway trigger", () => {
  it.each(Object.keys(recipes))("%s makes a payment that has this event", async (type) => {
    const { code, out, err } = await tillway("trigger", type, "--amount", "1234", "--json");
    expect([code, err]).toEqual([0, ""]);
    const event = JSON.parse(out);
    expect(event).toMatchObject({ object: "event", type });
    expect((await shop.get(`/v1/events/${event.id}`)).json).toEqual(event);
    const payment = await shop.payment(event.data.payment_id ?? event.data.id);
    expect([payment.amount, payment.description]).toEqual([1_234, "tillway trigger"]);
  });

  it("can make each event happen but those that take an accident or a test of an endpoint", () => {
    const missing = Object.keys(eventTypes).filter((type) => !Object.hasOwn(recipes, type));
    for (const type of missing)
      expect(["payment.charged_after_cancel", "webhook.test"].includes(type) || type.startsWith("case."), type).toBe(true);
  });

  it("names the nearest event, and all that it can", async () => {
    const { code, err } = await tillway("trigger", "payment.suceeded");
    expect([code, err]).toEqual([2, expect.stringMatching(/Did you mean payment\.succeeded\? There are: payment\.created, /)]);
  });
});

describe("tillway events resend", () => {
  it("sends the same bytes again to the endpoint that was owed the event", async () => {
    const { id } = JSON.parse((await tillway("trigger", "payment.succeeded", "--json")).out);
    const arrived = () => receiver.received.filter((each) => eventOf(each).id === id);
    await waitFor("the webhook", () => arrived().length === 1);
    await waitFor("its delivery to be done", async () => {
      const { json } = await shop.get("/v1/deliveries?status=pending");
      return json.data.length === 0;
    });
    const { code, out, err } = await tillway("events", "resend", id, "--json");
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ event_id: id, deliveries: [{ result: "sent_again" }] });
    await waitFor("it again", () => arrived().length === 2);
    const [first, second] = arrived();
    expect(second!.body.equals(first!.body)).toBe(true);
  });

  it("says why there is nothing to send", async () => {
    const { id } = JSON.parse((await tillway("trigger", "payment.created", "--json")).out);
    const unsent = await tillway("events", "resend", id);
    expect([unsent.code, unsent.err]).toEqual([1, expect.stringMatching(/no webhook endpoint was owed evt_\w+ \(payment\.created\)/)]);
    const unknown = await tillway("events", "resend", "evt_01K00000000000000000000000");
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringMatching(/not_found/)]);
  });
});

it("tillway logs tail prints each event as it happens, from now on, until Ctrl-C", async () => {
  const program = launch(["logs", "tail"], environment);
  const filtered = launch(["logs", "tail", "--type", "payment.failed", "--json"], environment);
  for (const each of [program, filtered]) await waitFor("it to listen", () => each.err.includes("Waiting for events."));
  const { json } = await shop.create(upi("insufficient-funds"));
  await program.printed(new RegExp(`payment\\.created +evt_\\w+ +${json.id} `));
  await program.printed(
    new RegExp(`^\\d\\d:\\d\\d:\\d\\d +payment\\.failed +evt_\\w+ +${json.id} failed 500\\.00 INR +insufficient_funds$`, "m"),
  );
  const [line] = await filtered.printed(/^\{.*\}$/m);
  expect(JSON.parse(line)).toMatchObject({ type: "payment.failed", data: { id: json.id } });
  expect(filtered.out.trim().split("\n")).toHaveLength(1);
  // Only what is new.
  expect(new Set([...program.out.matchAll(/pay_\w+/g)].map(([id]) => id))).toEqual(new Set([json.id]));
  for (const each of [program, filtered]) {
    await each.stop("SIGINT");
    expect(await each.ended).toEqual({ code: 0, signal: null });
  }
});
