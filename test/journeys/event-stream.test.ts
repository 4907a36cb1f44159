/** Events over a real connection: as they are committed, after the last that was seen, and no longer than the key is in force. */
import { expect, it } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { openStage } from "./support/stage.ts";
import type { Json } from "./support/merchant.ts";
import "./support/patience.ts";

const open = closedAfterEach();

/** An event reaches its stream within this; a loaded machine may take longer to make the payment, which is not counted. */
const SOON_MS = 1_000;

async function opened() {
  const stage = await openStage(databaseServers()[0]!.url);
  open.push(() => stage.close());
  const { created } = await stage.merchant();
  const headers = { "x-api-key": created.key, "x-api-secret": created.secret };
  const ask = async (method: string, path: string, body?: object) => {
    const more = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } };
    return fetch(`${stage.url}${path}`, { method, headers, ...more });
  };
  const json = async (answer: Promise<Response>) => (await answer).json() as Promise<Json>;
  const upi = { amount: 500, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" }, confirm: true };
  const pay = (): Promise<{ id: string; status: string }> => json(ask("POST", "/v1/payments", upi));
  const follow = async (more: Readonly<Record<string, string>> = {}, query = "") => {
    const left = new AbortController();
    open.push(async () => left.abort());
    const answer = await fetch(`${stage.url}/v1/events/stream${query}`, { headers: { ...headers, ...more }, signal: left.signal });
    const seen = { status: answer.status, type: answer.headers.get("content-type"), text: "", isOver: false, leave: () => left.abort() };
    void (async () => {
      for await (const chunk of answer.body!) seen.text += Buffer.from(chunk).toString("utf8");
    })()
      .catch(() => undefined)
      .finally(() => (seen.isOver = true));
    return seen;
  };
  return { created, ask, json, pay, follow };
}

const dataOf = ({ text }: { text: string }): { id: string; type: string; data: { id: string } }[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!));

it("tells each event once, as it is shown by its id, and goes on after the last one that was seen", async () => {
  const { ask, json, pay, follow } = await opened();
  await pay();
  const first = await follow();
  expect([first.status, first.type]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const paid = await pay();
  const paidAt = performance.now();
  await waitFor("its last event", () => dataOf(first).some(({ type }) => type === "payment.succeeded"));
  expect(performance.now() - paidAt).toBeLessThan(SOON_MS);
  const seen = dataOf(first);
  expect(new Set(seen.map(({ data }) => data.id))).toEqual(new Set([paid.id]));
  expect(await json(ask("GET", `/v1/events/${seen[0]!.id}`))).toEqual(seen[0]);
  first.leave();
  await pay();
  await pay();
  const second = await follow({ "last-event-id": seen.at(-1)!.id });
  const listed = async () => (await json(ask("GET", "/v1/events?limit=100"))).data.map((event: { id: string }) => event.id);
  const all = (await listed()).toReversed();
  const rest = all.slice(all.indexOf(seen.at(-1)!.id) + 1);
  await waitFor("what happened meanwhile", () => dataOf(second).length >= rest.length);
  expect(dataOf(second).map(({ id }) => id)).toEqual(rest);
  const third = await follow({}, `?after=${all[0]}&type=payment.succeeded`);
  await waitFor("all that succeeded", () => dataOf(third).length >= 4);
  expect(dataOf(third).map(({ type }) => type)).toEqual(Array(4).fill("payment.succeeded"));
});

it("refuses an event that is nobody's, and ends soon after the key was revoked", async () => {
  const { created, ask, json, follow } = await opened();
  const unknown = await ask("GET", "/v1/events/stream?after=evt_01KAJ0000000000000000000AB");
  expect([unknown.status, ((await unknown.json()) as Json).error.param]).toEqual([400, "after"]);
  const stream = await follow();
  const keys = (await json(ask("GET", "/v1/keys"))).data as { id: string; key: string }[];
  const revokedAt = performance.now();
  expect((await ask("DELETE", `/v1/keys/${keys.find(({ key }) => key === created.key)!.id}`)).status).toBe(200);
  await waitFor("the end of the stream", () => stream.isOver);
  // A second, and the look after it.
  expect(performance.now() - revokedAt).toBeLessThan(2_500);
});
