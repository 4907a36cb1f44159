import timers from "node:timers/promises";
import type { Readable } from "node:stream";
import { expect, it, vi } from "vitest";
import type { MoneyEvent } from "../core/model.ts";
import type { Reads } from "../core/ports/reads.ts";
import { eventStreams, type StreamWish } from "./event-streams.ts";

const scope = { merchantId: "mer_1", mode: "test" } as const;

/** A store to which events are committed, and that counts its questions. */
function world(limits: Parameters<typeof eventStreams>[1] = {}) {
  const committed: string[] = [];
  let asked = 0;
  const events = (async (_scope: unknown, { limit, endingBefore, startingAfter }: Record<string, never>) => {
    asked++;
    const at = endingBefore === undefined ? -1 : committed.indexOf(endingBefore);
    const upTo = startingAfter === undefined ? committed.length : committed.indexOf(startingAfter);
    const side = endingBefore === undefined ? committed.slice(0, upTo).toReversed() : committed.slice(at + 1);
    const rows = side.slice(0, limit).map((id) => ({ id }) as MoneyEvent);
    return { rows: endingBefore === undefined ? rows : rows.toReversed(), hasMore: side.length > rows.length };
  }) as unknown as Reads["events"];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => timers.setTimeout(ms, undefined, { signal }).catch(() => undefined);
  const streams = eventStreams({ reads: { events }, clock: { sleep } }, { lookEveryMs: 5, checkEveryMs: 5, pageRows: 3, ...limits });
  const open = (given: Partial<StreamWish> = {}) =>
    read(
      streams.open({
        scope,
        caller: "key_1",
        after: committed.at(-1) ?? null,
        wants: () => true,
        text: ({ id }) => `"${id}"`,
        isAllowed: async () => true,
        ...given,
      }),
    );
  return { committed, streams, open, asked: () => asked };
}

function read(stream: Readable) {
  const seen = { text: "", isOver: false, stream };
  stream.on("data", (chunk: Buffer) => (seen.text += chunk.toString("utf8")));
  stream.on("end", () => (seen.isOver = true));
  return seen;
}

const ids = ({ text }: { text: string }) => [...text.matchAll(/^id: (\w+)\nevent: event\ndata: "\1"\n\n/gm)].map(([, id]) => id);
const soon = <Result>(look: () => Result) => vi.waitFor(look, { timeout: 10_000, interval: 5 });

it("tells what is committed after a stream began, in that order, whether it began at an event or at none", async () => {
  const { committed, open, streams } = world();
  const first = open();
  committed.push("b", "a", "c", "d", "e");
  await soon(() => expect(ids(first)).toEqual(["b", "a", "c", "d", "e"]));
  const second = open({ after: "a" });
  await soon(() => expect(ids(second)).toEqual(["c", "d", "e"]));
  committed.push("f");
  await soon(() => expect([ids(first).at(-1), ids(second).at(-1)]).toEqual(["f", "f"]));
  expect([ids(first).length, ids(second).length]).toEqual([6, 4]);
  streams.close();
});

it("asks once for all streams that stand at the same event, and for nobody once they have gone", async () => {
  const { committed, open, asked, streams } = world({ lookEveryMs: 50 });
  committed.push("a");
  const all = Array.from({ length: 9 }, () => open());
  const [before, startedAt] = [asked(), performance.now()];
  await soon(() => expect(asked()).toBeGreaterThan(before + 3));
  // Nine streams that asked for themselves would have asked nine times in each round.
  expect(asked() - before).toBeLessThanOrEqual((performance.now() - startedAt) / 50 + 2);
  for (const { stream } of all) stream.destroy();
  await soon(() => expect(streams.counts()).toEqual({ open: 0, groups: 0, callers: 0 }));
  const after = asked();
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(asked()).toBe(after);
});

it("passes over what a stream does not want, and says where it stands all the same", async () => {
  const { committed, open, streams } = world({ commentEveryMs: 5 });
  committed.push("a");
  const seen = open({ wants: ({ id }) => id !== "b" });
  committed.push("b");
  await soon(() => expect(seen.text).toMatch(/: still here\nid: b\n\n/));
  committed.push("c");
  await soon(() => expect(ids(seen)).toEqual(["c"]));
  streams.close();
});

it("ends when its caller may no longer see events, when it has lasted long enough, and when the server stops", async () => {
  const { open, streams } = world({ lastsMs: 400 });
  let isAllowed = true;
  const revoked = open({ isAllowed: async () => isAllowed });
  const [old] = [open()];
  isAllowed = false;
  await soon(() => expect([revoked.isOver, old!.isOver]).toEqual([true, false]));
  await soon(() => expect(old!.isOver).toBe(true));
  const last = open();
  streams.close();
  const late = open();
  await soon(() => expect([last.isOver, late.isOver, streams.counts().open]).toEqual([true, true, 0]));
});

it("is bounded for each caller and in all", async () => {
  const { open, streams } = world({ perCaller: 2, all: 3 });
  const first = open();
  open();
  expect(() => open()).toThrow(expect.objectContaining({ code: "rate_limited" }));
  open({ caller: "key_2" });
  expect(() => open({ caller: "key_3" })).toThrow(/As many streams/);
  first.stream.destroy();
  await soon(() => expect(streams.counts().open).toBe(2));
  open();
  streams.close();
});
