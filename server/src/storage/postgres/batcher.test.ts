import { describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { batcher } from "./batcher.ts";
import { NoConnection } from "./failures.ts";

/** A statement that the test ends by hand. */
interface Running {
  readonly items: readonly string[];
  end(results?: readonly string[]): void;
  fail(error: unknown): void;
}

function harness(sizes = { batch: 3, inFlight: 2, queue: 10 }, keysOf: (item: string) => string[] = () => []) {
  const running: Running[] = [];
  const run = (items: readonly string[]): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      running.push({ items, end: (results) => resolve(results ?? items.map((item) => `${item} done`)), fail: reject });
    });
  return { running, add: batcher<string, string>({ run, keysOf, sizes }), sent: () => running.map((each) => each.items.join("")) };
}

/** Everything that waits for its turn of the event loop has had it. */
const settled = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await new Promise(setImmediate);
};

const serverError = (code: string, constraint?: string) => Object.assign(new Error(code), { code, constraint });

describe("a batcher", () => {
  test("sends what came in one turn as one batch, and answers each with its own result", async () => {
    const { running, add } = harness();
    const answers = Promise.all(["a", "b", "c"].map((item) => add(item)));
    await settled();
    expect(running.map((each) => each.items)).toEqual([["a", "b", "c"]]);
    running[0]!.end();
    expect(await answers).toEqual(["a done", "b done", "c done"]);
  });

  test("lets the loop come to other work between the answers of a big batch", async () => {
    const { running, add } = harness({ batch: 200, inFlight: 2, queue: 200 });
    let inThisTurn = 0;
    const answers = Promise.all(Array.from({ length: 200 }, (_, n) => add(String(n)).then(() => void inThisTurn++)));
    await settled();
    running[0]!.end();
    const turns: number[] = [];
    for (let answered = 0; answered < 200; answered += turns.at(-1)!) {
      await new Promise(setImmediate);
      turns.push(inThisTurn);
      inThisTurn = 0;
    }
    await answers;
    expect(Math.max(...turns)).toBeLessThanOrEqual(32);
  });

  test("has no more batches in flight than it may, and none larger than allowed", async () => {
    const { running, add, sent } = harness();
    const answers = Promise.all("abcdefgh".split("").map((item) => add(item)));
    await settled();
    expect(sent()).toEqual(["abc", "def"]);
    running[1]!.end();
    await settled();
    expect(sent()).toEqual(["abc", "def", "gh"]);
    running[0]!.end();
    running[2]!.end();
    expect(await answers).toHaveLength(8);
  });

  test("keeps items apart that share a key, also from batches in flight, in their order", async () => {
    const { running, add, sent } = harness({ batch: 3, inFlight: 2, queue: 10 }, (item) => [item[0]!]);
    const answers = Promise.all(["x1", "x2", "y1", "x3"].map((item) => add(item)));
    await settled();
    expect(sent()).toEqual(["x1y1"]);
    running[0]!.end();
    await settled();
    expect(sent()).toEqual(["x1y1", "x2"]);
    running[1]!.end();
    await settled();
    expect(sent()).toEqual(["x1y1", "x2", "x3"]);
    running[2]!.end();
    expect(await answers).toEqual(["x1 done", "x2 done", "y1 done", "x3 done"]);
  });

  test("what is passed over for its key stays before what was not looked at yet", async () => {
    const { running, add, sent } = harness({ batch: 2, inFlight: 1, queue: 10 }, (item) => [item[0]!]);
    const answers = Promise.all(["x1", "x2", "a", "b", "c", "x3"].map((item) => add(item)));
    for (const expected of ["x1a", "x2b", "cx3"]) {
      await settled();
      expect(sent().at(-1)).toBe(expected);
      running.at(-1)!.end();
    }
    expect(await answers).toEqual(["x1 done", "x2 done", "a done", "b done", "c done", "x3 done"]);
  });

  test("refuses at once, surely unwritten, where too many wait", async () => {
    const { add, running } = harness({ batch: 1, inFlight: 1, queue: 2 });
    const first = add("a");
    await settled();
    const waiting = [add("b"), add("c")];
    await expect(add("d")).rejects.toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: false });
    for (let n = 0; n < 3; n++) {
      await settled();
      running[n]!.end();
    }
    expect(await Promise.all([first, ...waiting])).toEqual(["a done", "b done", "c done"]);
  });

  test.each(["23505", "23514", "22P02", "40P01", "55P03", "57014", "P0001"])(
    "runs a batch that failed with %s again one by one",
    async (code) => {
      const { running, add, sent } = harness();
      const answers = Promise.allSettled(["a", "b", "c"].map((item) => add(item)));
      await settled();
      running[0]!.fail(serverError(code));
      await settled();
      expect(sent()).toEqual(["abc", "a", "b", "c"]);
      running[1]!.end();
      running[2]!.fail(serverError("23514", "payments_status"));
      running[3]!.end();
      const [a, b, c] = await answers;
      expect([a, c]).toEqual([
        { status: "fulfilled", value: "a done" },
        { status: "fulfilled", value: "c done" },
      ]);
      expect(b).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("payments_status") } });
      expect((b as PromiseRejectedResult).reason).not.toBeInstanceOf(StoreUnavailable);
    },
  );

  test.each([
    ["a lost connection", Object.assign(new Error("read"), { code: "ECONNRESET" }), true],
    ["an end without a word", new Error("Connection terminated unexpectedly"), true],
    ["a server that shuts down", serverError("57P01"), true],
    ["no connection at all", new NoConnection(new Error("ECONNREFUSED")), false],
    ["a full disk", serverError("53100"), false],
    ["a server that became a standby", serverError("25006"), false],
  ])("does not repeat after %s, and says whether it may have committed", async (_, error, mayHaveCommitted) => {
    const { running, add } = harness();
    const answers = Promise.allSettled(["a", "b"].map((item) => add(item)));
    await settled();
    running[0]!.fail(error);
    for (const answer of await answers) expect(answer).toMatchObject({ reason: { name: "StoreUnavailable", mayHaveCommitted } });
    expect(running).toHaveLength(1);
  });

  test.each([["55P03"], ["57014"], ["40P01"]])("a single one that meets %s was not written, and may be asked again", async (code) => {
    const { running, add } = harness();
    const answer = add("a");
    await settled();
    running[0]!.fail(serverError(code));
    await expect(answer).rejects.toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: false });
  });

  test("goes on after a failure", async () => {
    const { running, add } = harness({ batch: 1, inFlight: 1, queue: 5 });
    const first = add("a");
    const second = add("b");
    await settled();
    running[0]!.fail(new Error("Connection terminated"));
    await expect(first).rejects.toBeInstanceOf(StoreUnavailable);
    await settled();
    running[1]!.end();
    expect(await second).toBe("b done");
  });

  test("a bug of ours is thrown as it is", async () => {
    const { running, add } = harness();
    const answer = add("a");
    await settled();
    running[0]!.fail(new TypeError("x is not a function"));
    await expect(answer).rejects.toBeInstanceOf(TypeError);
  });
});
