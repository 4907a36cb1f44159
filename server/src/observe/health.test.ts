import { describe, expect, it } from "vitest";
import { HEARTBEAT_STALE_MS } from "../core/constants.ts";
import { createHealth } from "./health.ts";
import type { HealthDeps } from "./health.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const never = () => new Promise<never>(() => {});
const failing = () => Promise.reject(new Error("no"));

function health(changes: Partial<HealthDeps> & { seen?: readonly { role: string; agoMs: number }[] } = {}) {
  const seen = changes.seen ?? [{ role: "worker", agoMs: 1_000 }];
  const processes = async () => seen.map(({ role, agoMs }, n) => ({ id: `p${n}`, role, seenAt: NOW - agoMs }));
  const ready = createHealth({
    ping: async () => NOW,
    reads: { processes, openCases: async () => 3 },
    clock: { now: () => NOW },
    role: "api",
    checkTimeoutMs: 30,
    ...changes,
  });
  return { ready };
}

describe("readiness", () => {
  it("is ok while the database answers and a worker lives, and counts open cases (U5)", async () => {
    const readiness = await health().ready();
    expect(readiness).toEqual({
      ok: true,
      checks: {
        database: { status: "ok", latency_ms: expect.any(Number) },
        worker: { status: "ok", last_seen: "2026-11-21T11:59:59.000Z" },
        cases: { open: 3 },
      },
    });
  });

  it.each([
    ["fails", failing],
    ["does not answer in time", never],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
  ])("is down when the database %s", async (_how, ping) => {
    const readiness = await health({ ping, reads: { processes: ping, openCases: ping } }).ready();
    expect(readiness).toEqual({
      ok: false,
      checks: { database: { status: "down", latency_ms: null }, worker: { status: "unknown", last_seen: null }, cases: { open: null } },
    });
  });

  it.each([
    ["answers", () => Promise.resolve(true), { status: "ok", latency_ms: expect.any(Number) }],
    ["fails", failing, { status: "down", latency_ms: null }],
    ["does not answer in time", never, { status: "down", latency_ms: null }],
  ])("shows an audit store that %s, and stays ready: exchanges wait in the database", async (_how, archive, shown) => {
    const readiness = await health({ archive }).ready();
    expect([readiness.ok, readiness.checks["audit_store"]]).toEqual([true, shown]);
  });

  it.each([
    ["api", true],
    ["worker", false],
    ["all", false],
  ] as const)("without a living worker is, in the role %s, %s: an API alone takes payments on, and they wait", async (role, ok) => {
    for (const seen of [[], [{ role: "api", agoMs: 0 }], [{ role: "worker", agoMs: HEARTBEAT_STALE_MS + 1 }]]) {
      const readiness = await health({ role, seen }).ready();
      expect(readiness).toMatchObject({ ok, checks: { database: { status: "ok" }, worker: { status: "down" } } });
    }
  });

  it.each([["worker"], ["all"]])("takes a process of the role %s for a worker, and names the newest", async (role) => {
    const readiness = await health({
      role: "all",
      seen: [
        { role, agoMs: 900_000 },
        { role, agoMs: HEARTBEAT_STALE_MS },
      ],
    }).ready();
    expect(readiness.checks.worker).toEqual({ status: "ok", last_seen: "2026-11-21T11:59:45.000Z" });
  });

  it("believes no heartbeat of the future, once the database's clock went back, and looks again then (F2)", async () => {
    let now = NOW;
    let pings = 0;
    const seen = [
      { role: "worker", agoMs: 600_000 - 2_000 },
      { role: "worker", agoMs: 0 },
    ];
    const watched = health({ role: "all", clock: { now: () => now }, ping: async () => void pings++, seen });
    expect(await watched.ready()).toMatchObject({ checks: { worker: { status: "ok", last_seen: "2026-11-21T12:00:00.000Z" } } });
    now -= 600_000;
    expect(await watched.ready()).toMatchObject({ checks: { worker: { status: "ok", last_seen: "2026-11-21T11:50:02.000Z" } } });
    expect(pings).toBe(2);
    now += 300_000;
    expect(await watched.ready()).toMatchObject({ ok: false, checks: { worker: { status: "down" } } });
  });

  it("shows a sandbox that cannot be reached, and stays", async () => {
    expect(await health({ role: "all", gateways: { sandbox: failing } }).ready()).toMatchObject({
      ok: true,
      checks: { sandbox: { status: "down", latency_ms: null } },
    });
    expect(await health({ role: "all", gateways: { sandbox: async () => 1 } }).ready()).toMatchObject({
      ok: true,
      checks: { sandbox: { status: "ok" } },
    });
  });

  it("is checked once a second, however many ask", async () => {
    let pings = 0;
    let now = NOW;
    const watched = health({ ping: async () => void pings++, clock: { now: () => now } });
    await Promise.all(Array.from({ length: 50 }, () => watched.ready()));
    now += 999;
    await watched.ready();
    expect(pings).toBe(1);
    now += 1;
    await watched.ready();
    expect(pings).toBe(2);
  });
});
