/** Answers that go on: they end with the right of their caller, and HEAD takes none of their places. */
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { fakeApi, headers } from "./fakes.testing.ts";
import { STILL_ALLOWED_EVERY_MS, whileAllowed } from "./long-answers.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An API whose lists answer once and then never again, so that each export is under way for as long as it may be. */
function slowApi() {
  let asked = 0;
  const once = async <Answer>(answer: Answer): Promise<Answer> => (asked++ === 0 ? answer : new Promise(() => undefined));
  const api = fakeApi({
    reads: { payments: () => once({ rows: [], hasMore: false }), events: async () => ({ rows: [], hasMore: false }) } as never,
    deps: { audit: { seals: () => new Promise(() => undefined), head: async () => null, rowsAfter: async () => [] } as never },
  });
  // The audit log is for people only.
  const [key, actor] = [...api.keys][0]!;
  api.keys.set(key, { ...actor, person: { id: "per_1", email: "ann@shop.example", role: "owner", isConfirmed: true } });
  closing.push(() => api.app.close());
  return { ...api, asked: () => asked };
}

describe("an answer that goes on", () => {
  it("of the audit log ends within seconds once its key is revoked, and is seen to be no whole one", async () => {
    const { app, keys, clock } = slowApi();
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const answer = await fetch(`${url}/v1/audit/export`, { headers });
    expect(answer.status).toBe(200);
    const over = answer.text().then(
      () => "whole",
      () => "broken off",
    );
    // Its first look finds the key in force.
    expect(await Promise.race([over, sleep(STILL_ALLOWED_EVERY_MS + 300, "goes on")])).toBe("goes on");
    keys.clear();
    clock.now += 60_000;
    expect(await Promise.race([over, sleep(2 * STILL_ALLOWED_EVERY_MS + 2_000, "goes on")])).toBe("broken off");
  }, 30_000);

  it("ends also where nobody reads it, and is looked at no more once it is over", async () => {
    let looks = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) yield "x".repeat(100_000);
      })(),
    );
    const full = whileAllowed(endless, async () => ++looks < 3, 5);
    const ended = new Promise((resolve) => full.once("error", resolve));
    expect(await ended).toMatchObject({ code: "authentication_error" });
    const whole = whileAllowed(Readable.from(["all of it"]), async () => ++looks > 0, 5);
    for await (const text of whole) expect(String(text)).toBe("all of it");
    const after = looks;
    await sleep(50);
    expect(looks).toBe(after);
  });
});

describe("HEAD", () => {
  it.each([
    ["/v1/payments.csv", "text/csv; charset=utf-8"],
    ["/v1/audit/export", "application/x-ndjson"],
    ["/v1/events/stream", "text/event-stream; charset=utf-8"],
  ])("of %s answers its headers only, reads no row and takes no place", async (path, type) => {
    const { app, asked } = slowApi();
    // More than the streams that one caller may have.
    for (let n = 0; n < 12; n++) {
      const answer = await app.inject({ method: "HEAD", url: path, headers });
      expect([answer.statusCode, answer.headers["content-type"], answer.body]).toEqual([200, type, ""]);
    }
    expect(asked()).toBe(0);
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const left = new AbortController();
    expect((await fetch(`${url}${path}`, { headers, signal: left.signal })).status).toBe(200);
    left.abort();
  });

  it("without a key is refused like GET", async () => {
    const { app } = slowApi();
    expect((await app.inject({ method: "HEAD", url: "/v1/payments.csv" })).statusCode).toBe(401);
  });
});
