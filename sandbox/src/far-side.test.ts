import { createHmac } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HttpPort, HttpRequest } from "./ports.ts";
import { OPERATIONS_KEPT_MS } from "./retention.ts";
import { apiKey, keyOf, manualClock, webhookSecret, type ManualClock } from "./desk.testing.ts";
import type { FarSide } from "./far-side.ts";
import { mountSmallDisk, NO_SMALL_DISK } from "./disk.testing.ts";
import { startSandbox } from "./gateway/routes.ts";
import { mockSettings } from "./gateway/settings.testing.ts";
import { WEBHOOK_RETRY_GAPS_MS } from "./sender.ts";
import { net } from "./net.testing.ts";

let folder = "";
let clock: ManualClock;
let sent: (HttpRequest & { at: number })[];
let answers: (n: number) => number;
const open: FarSide[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "far-side-"));
  clock = manualClock();
  sent = [];
  answers = () => 200;
});
afterEach(async () => {
  for (const farSide of open.splice(0)) await farSide.close();
  await rm(folder, { recursive: true });
});

const merchant: HttpPort = {
  send(request) {
    sent.push({ ...request, at: clock.now() });
    return Promise.resolve({ kind: "answer", status: answers(sent.length), headers: {}, body: "", durationMs: 0 });
  },
};

/** With a file only if a test needs one: a disk knows nothing of the clock that the tests move. */
async function start(http: HttpPort | null = merchant, journalPath: string | null = null): Promise<FarSide> {
  const farSide = await startSandbox({ settings: mockSettings(), clock, http, journalPath });
  open.push(farSide);
  return farSide;
}

const ask = (farSide: FarSide, method: string, path: string, body: unknown = null) =>
  farSide.handle({
    method,
    path,
    headers: { authorization: `Bearer ${apiKey}`, "sandbox-account": "acc_1" },
    body: body === null ? null : JSON.stringify(body),
  });
const register = (farSide: FarSide) =>
  ask(farSide, "PUT", "/accounts/acc_1", { webhook_url: "http://merchant.example/", webhook_secret: webhookSecret });
const charge = (farSide: FarSide, token: string, n = 1) =>
  ask(farSide, "POST", "/charges", { key: keyOf(n), amount: 500, currency: "INR", token });

describe("a far side that lives", () => {
  it("knows after a restart its answers, the webhooks it owes and the keys that were called off", async () => {
    const before = await start(null, join(folder, "journal"));
    await register(before);
    const first = await charge(before, "tok_pending");
    await ask(before, "POST", `/operations/${keyOf(2)}/cancel`);
    await before.close();
    open.length = 0;
    const after = await start(merchant, join(folder, "journal"));
    expect(await charge(after, "tok_pending")).toMatchObject({ body: first.body });
    expect((await ask(after, "GET", `/operations?key=${keyOf(2)}`)).body).toContain("canceled");
    await clock.advance(10_000);
    expect(sent).toHaveLength(1);
    expect(net(after.ledger, keyOf(1), clock.now())).toBe(500);
  });

  it("sends a signed webhook to the account's address when it is due", async () => {
    const farSide = await start();
    await register(farSide);
    await charge(farSide, "tok_pending");
    await clock.advance(9_990);
    expect(sent).toEqual([]);
    await clock.advance(20);
    expect(sent.map(({ method, url }) => [method, url])).toEqual([["POST", "http://merchant.example/v1/gateways/sandbox/acc_1/webhooks"]]);
    const [, seconds, given] = /^t=(\d+),v1=(.*)$/.exec(sent[0]!.headers["sandbox-signature"]!)!;
    expect(given).toBe(createHmac("sha256", webhookSecret).update(`${seconds}.${sent[0]!.body}`).digest("hex"));
    expect(Math.abs(Number(seconds) * 1_000 - clock.now())).toBeLessThan(2_000);
    expect(JSON.parse(sent[0]!.body!)).toMatchObject({ type: "charge.succeeded", account: "acc_1", data: { key: keyOf(1), amount: 500 } });
    expect(farSide.ledger.owed.size).toBe(0);
  });

  it("tries again on its schedule, with the same event, until it is taken", async () => {
    answers = (n) => (n < 3 ? 500 : 204);
    const farSide = await start();
    await register(farSide);
    await charge(farSide, "tok_processing");
    await clock.advance(7_200_000);
    const ids = sent.map(({ body }) => (JSON.parse(body!) as { id: string }).id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(sent[1]!.at - sent[0]!.at).toBeGreaterThanOrEqual(WEBHOOK_RETRY_GAPS_MS[0]!);
    expect(farSide.ledger.owed.size).toBe(0);
  });

  it("gives up when the schedule ends, and never tries again", async () => {
    answers = () => 500;
    const farSide = await start();
    await register(farSide);
    await charge(farSide, "tok_processing");
    await clock.advance(86_400_000);
    expect(sent).toHaveLength(WEBHOOK_RETRY_GAPS_MS.length + 1);
    expect(farSide.ledger.owed.size).toBe(0);
  });

  it("sends nothing about a charge that was called off meanwhile", async () => {
    const farSide = await start();
    await register(farSide);
    await charge(farSide, "tok_pending");
    await clock.advance(1_000);
    await ask(farSide, "POST", `/operations/${keyOf(1)}/cancel`);
    await clock.advance(3_600_000);
    expect(sent).toEqual([]);
  });

  it("rewrites a journal that is mostly done with, and still knows all that matters", async () => {
    const path = join(folder, "journal");
    const before = await start(merchant, path);
    await register(before);
    for (let n = 0; n < 500; n++) await charge(before, "tok_processing", n);
    const owed = () => clock.advance(5_000).then(() => before.ledger.owed.size);
    await expect.poll(owed).toBe(0);
    await charge(before, "tok_pending", 501);
    const longest = (await stat(path)).size;
    await before.close();
    open.length = 0;
    sent.length = 0;
    const after = await start(merchant, path);
    expect((await stat(path)).size).toBeLessThan(longest / 2);
    expect(after.ledger.accounts).toEqual(before.ledger.accounts);
    await clock.advance(10_000);
    expect(sent.map(({ body }) => (JSON.parse(body!) as { data: object }).data)).toMatchObject([{ key: keyOf(501) }]);
    await after.close();
    open.length = 0;
    expect((await start(null, path)).ledger.accounts).toEqual(before.ledger.accounts);
  });

  it("forgets closed operations that are a month old, while it runs", async () => {
    const farSide = await start(null);
    await register(farSide);
    await charge(farSide, "tok_success", 1);
    await clock.advance(OPERATIONS_KEPT_MS);
    await charge(farSide, "tok_success", 2);
    await clock.advance(3_600_000);
    await charge(farSide, "tok_success", 3);
    expect([...farSide.ledger.accounts.get("acc_1")!.operations.keys()]).toEqual([keyOf(2), keyOf(3)]);
  });

  it("sends thousands that are due at once, each once, no more than 32 at a time", async () => {
    let underWay = 0;
    let most = 0;
    const slow: HttpPort = {
      async send(request) {
        most = Math.max(most, ++underWay);
        await clock.sleep(10);
        underWay -= 1;
        return merchant.send(request);
      },
    };
    const farSide = await start(slow);
    await register(farSide);
    for (let n = 0; n < 2_000; n++) await charge(farSide, "tok_processing", n);
    await clock.advance(10_000);
    expect([most, sent.length, new Set(sent.map(({ body }) => body)).size, farSide.ledger.owed.size]).toEqual([32, 2_000, 2_000, 0]);
  });

  it("does nothing more while its disk is full, and goes on by itself once there is room, as if nothing had been (F4)", async (test) => {
    const disk = mountSmallDisk(join(folder, "disk"));
    if (disk === null) return test.skip(NO_SMALL_DISK);
    try {
      const path = join(folder, "disk", "journal");
      const farSide = await start(merchant, path);
      await register(farSide);
      await writeFile(join(folder, "disk", "filler"), Buffer.alloc(128 * 1_024)).catch(() => undefined);
      let n = 0;
      while ((await charge(farSide, "tok_processing", ++n)).status === 200);
      for (let more = 1; more <= 5; more++) expect(await charge(farSide, "tok_processing", n + more)).toMatchObject({ status: 500 });
      expect(await ask(farSide, "GET", `/operations?key=${keyOf(n)}`)).toMatchObject({ status: 500 });
      expect(farSide.ledger.accounts.get("acc_1")!.operations.size).toBe(n);
      await rm(join(folder, "disk", "filler"));
      expect((await ask(farSide, "GET", `/operations?key=${keyOf(n)}`)).body).toContain('"pending"');
      expect(await ask(farSide, "GET", `/operations?key=${keyOf(n + 1)}`)).toMatchObject({ status: 404 });
      expect(await charge(farSide, "tok_processing", n + 1)).toMatchObject({ status: 200 });
      await clock.advance(5_000);
      await expect.poll(() => farSide.ledger.owed.size).toBe(0);
      expect(sent).toHaveLength(n + 1);
      await farSide.close();
      open.length = 0;
      const again = await start(null, path);
      expect(again.ledger.accounts).toEqual(farSide.ledger.accounts);
      await again.close();
      open.length = 0;
    } finally {
      disk.unmount();
    }
  });

  it("answers 500 once its journal is closed", async () => {
    const farSide = await start(null, join(folder, "journal"));
    await register(farSide);
    await farSide.close();
    open.length = 0;
    expect(await charge(farSide, "tok_success")).toMatchObject({ status: 500 });
  });
});
