import type { Readable } from "node:stream";
import { expect, it, vi } from "vitest";
import { aPayment } from "../core/rows.testing.ts";
import type { Payment, Snapshot } from "../core/model.ts";
import type { Deps } from "../flows/deps.ts";
import { paymentStreams } from "./stream.ts";

const snapshot = (over: Partial<Payment> = {}): Snapshot => {
  const payment = aPayment({ merchantId: "mer_1", mode: "test", id: "pay_1", orderId: "ord_1", status: "processing", ...over });
  return { payment, attempts: [], refunds: [], endpoints: [], accounts: [], rules: [], cases: [] } as unknown as Snapshot;
};

/** A store with one payment, which the test moves, and a clock whose naps the test ends. */
function world(limits: Partial<Record<"perOrder" | "all" | "commentEveryMs" | "lastsMs", number>> = {}) {
  let now = snapshot();
  let loads = 0;
  const naps = new Set<() => void>();
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      naps.add(resolve);
      signal?.addEventListener("abort", () => resolve());
    });
  const load = async () => {
    loads++;
    return now;
  };
  const deps = { store: { load }, clock: { sleep } } as unknown as Deps;
  const streams = paymentStreams(deps, { perOrder: 4, all: 10, commentEveryMs: 10_000, lastsMs: 300_000, ...limits });
  return {
    streams,
    loads: () => loads,
    async move(over: Partial<Payment>): Promise<void> {
      now = snapshot(over);
      for (const wake of naps) wake();
      naps.clear();
      await settled();
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

function read(stream: Readable): { text: string; isOver: boolean } {
  const seen = { text: "", isOver: false };
  stream.on("data", (chunk: Buffer) => (seen.text += chunk.toString("utf8")));
  stream.on("end", () => (seen.isOver = true));
  return seen;
}

const statuses = ({ text }: { text: string }) => [...text.matchAll(/"status":"(\w+)"/g)].map(([, status]) => status);

it("tells the payment at once, each change once, and ends with the last one", async () => {
  const { streams, move } = world();
  const seen = read(streams.open(snapshot()));
  await move({});
  await move({ status: "requires_action" });
  await move({ status: "requires_action" });
  expect([statuses(seen), seen.isOver]).toEqual([["processing", "requires_action"], false]);
  await move({ status: "succeeded" });
  expect([statuses(seen), seen.isOver]).toEqual([["processing", "requires_action", "succeeded"], true]);
  expect(streams.counts()).toEqual({ open: 0, watched: 0, orders: 0 });
});

it("asks the store once for all who watch the same payment, and no more when the last one has gone", async () => {
  const { streams, move, loads } = world();
  const all = [1, 2, 3].map(() => streams.open(snapshot()));
  const seen = all.map(read);
  await move({ status: "requires_action" });
  expect(loads()).toBe(1);
  expect(seen.map((each) => statuses(each).at(-1))).toEqual(["requires_action", "requires_action", "requires_action"]);
  for (const stream of all) stream.destroy();
  await settled();
  expect(streams.counts()).toEqual({ open: 0, watched: 0, orders: 0 });
  await move({ status: "succeeded" });
  expect(loads()).toBe(1);
});

it("is bounded for each order and in all, and a place that becomes free is taken again", async () => {
  const { streams } = world({ perOrder: 2, all: 3 });
  const [first] = [streams.open(snapshot()), streams.open(snapshot())];
  expect(() => streams.open(snapshot())).toThrow(expect.objectContaining({ code: "rate_limited" }));
  streams.open(snapshot({ id: "pay_2", orderId: "ord_2" }));
  expect(() => streams.open(snapshot({ id: "pay_3", orderId: "ord_3" }))).toThrow(/As many streams/);
  first!.destroy();
  await settled();
  streams.open(snapshot());
  expect(streams.counts()).toMatchObject({ open: 3, orders: 2 });
  streams.close();
});

it("comments while nothing happens, and ends when it has lasted long enough", async () => {
  const { streams } = world({ commentEveryMs: 5, lastsMs: 500 });
  const seen = read(streams.open(snapshot()));
  await vi.waitFor(() => expect([seen.isOver, streams.counts().open]).toEqual([true, 0]), { timeout: 10_000 });
  expect(seen.text).toContain(": still here\n\n");
});

it("ends all when the server stops, and one that is opened then at once", async () => {
  const { streams } = world();
  const seen = read(streams.open(snapshot()));
  streams.close();
  const late = read(streams.open(snapshot()));
  await settled();
  expect([seen.isOver, late.isOver, statuses(late)]).toEqual([true, true, ["processing"]]);
});

it("writes nothing more to one that has ended and is not read, and lets it go when it has lasted long enough", async () => {
  const { streams, move } = world({ commentEveryMs: 5, lastsMs: 3_000 });
  const stream = streams.open(snapshot());
  const failed = vi.fn();
  stream.on("error", failed);
  await move({ status: "succeeded" });
  expect(streams.counts().open).toBe(1);
  await vi.waitFor(() => expect(streams.counts()).toEqual({ open: 0, watched: 0, orders: 0 }), { timeout: 10_000 });
  expect(failed).not.toHaveBeenCalled();
});
