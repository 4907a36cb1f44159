import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { analyticsOf } from "./analytics.ts";
import { openDatabase } from "./connect.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const scope = { merchantId: "mer_1", mode: "test" } as const;
const FROM = Date.parse("2026-03-01T00:00:00Z");

describe.each(sampledServers())("figures by hours and days on $name", ({ url }) => {
  let storage: TestStorage;
  beforeAll(async () => {
    storage = await postgresStorage(url);
    // One charge in each quarter of an hour of 2026, of one minor unit.
    await connect(storage.databaseUrl, (client) =>
      client.query(`insert into analytics select 'mer_1', 'test', 'captured', q, 'INR', 'sandbox', 'acc_1', 'card', '', '', 1, 1
        from generate_series('2026-01-01T00:00:00Z'::timestamptz, '2026-12-31T23:45:00Z', interval '15 minutes') q`),
    );
  });
  afterAll(() => storage.close());

  const read = (zone: string, by: "hour" | "day", from: number, to: number) =>
    storage.upkeep.analytics.read(scope, { what: ["captured"], from, to, by, zone, group: null });

  it("say when there are more sums than one answer is made of, and lack the latest then", async () => {
    const database = openDatabase({ databaseUrl: storage.databaseUrl, log: silent, size: 1, connectWaitMs: 15_000, hot: false });
    const day = { what: ["captured"], from: FROM, to: FROM + 86_400_000, by: "hour", zone: "UTC", group: null } as const;
    const cut = await analyticsOf(database, 1, 23).read(scope, day);
    const whole = await analyticsOf(database, 1, 24).read(scope, day);
    await database.close();
    expect([cut.isCut, cut.rows.length, cut.times.length]).toEqual([true, 23, 24]);
    expect([whole.isCut, whole.rows.length]).toEqual([false, 24]);
    expect(cut.rows).toEqual(whole.rows.slice(0, 23));
  });

  it("charges of each account are summed up from an hour on, of this merchant only", async () => {
    const row = (merchant: string, hour: number, what: string, outcome: string) =>
      `('${merchant}', 'test', '${what}', '2025-03-01T0${hour}:00:00Z', 'INR', 'sandbox', 'acc_9', 'card', '${outcome}', '', 2, 0)`;
    const rows = [
      row("mer_9", 1, "attempt", "succeeded"),
      row("mer_9", 2, "attempt", "succeeded"),
      row("mer_9", 3, "attempt", "succeeded"),
      row("mer_9", 3, "attempt", "declined"),
      row("mer_9", 3, "latency", "7"),
      row("mer_9", 3, "payment", "succeeded"),
      row("mer_8", 3, "attempt", "succeeded"),
    ];
    await connect(storage.databaseUrl, (client) => client.query(`insert into analytics values ${rows.join(", ")}`));
    const from = Date.parse("2025-03-01T02:40:00Z");
    const found = await storage.upkeep.analytics.ofAccounts({ merchantId: "mer_9", mode: "test" }, from);
    expect(found.toSorted((a, b) => (a.what + a.outcome < b.what + b.outcome ? -1 : 1))).toEqual([
      { accountId: "acc_9", what: "attempt", outcome: "declined", count: 2 },
      { accountId: "acc_9", what: "attempt", outcome: "succeeded", count: 4 },
      { accountId: "acc_9", what: "latency", outcome: "7", count: 2 },
    ]);
  });

  it.each([
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25],
    ["Europe/Berlin", "2026-06-01", "2026-05-31T22:00:00.000Z", 24],
    ["America/St_Johns", "2026-03-08", "2026-03-08T03:30:00.000Z", 23],
    ["America/St_Johns", "2026-11-01", "2026-11-01T02:30:00.000Z", 25],
    ["Asia/Kolkata", "2026-03-29", "2026-03-28T18:30:00.000Z", 24],
    ["Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15:00.000Z", 24],
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z", 24.5],
    // Clocks that go back over midnight, and on over it.
    ["Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00.000Z", 25],
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
    ["America/Havana", "2026-10-31", "2026-10-31T04:00:00.000Z", 24],
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z", 23],
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", 23],
    ["Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z", 23.5],
    ["Pacific/Chatham", "2026-04-05", "2026-04-04T10:15:00.000Z", 25],
    ["UTC", "2026-03-29", "2026-03-29T00:00:00.000Z", 24],
  ])("%s: %s begins at %s and has %s hours", async (zone, _day, begin, hours) => {
    const at = Date.parse(begin);
    const noon = at + 12 * 3_600_000;
    const { times, rows } = await read(zone, "day", noon, noon + 1);
    expect(times).toEqual([at]);
    expect(rows).toMatchObject([{ at, count: hours * 4, amount: hours * 4, currency: "INR" }]);
  });

  it("each quarter of an hour is in one day and in one hour of each zone, and hours of a day without change are whole", async () => {
    const [from, to] = [Date.parse("2026-10-20T00:00:00Z"), Date.parse("2026-11-04T00:00:00Z")];
    for (const zone of [
      "Europe/Berlin",
      "America/St_Johns",
      "Asia/Kathmandu",
      "Australia/Lord_Howe",
      "Atlantic/Azores",
      "America/Havana",
    ]) {
      for (const by of ["hour", "day"] as const) {
        const { times, rows } = await read(zone, by, from, to);
        expect(new Set(times).size).toBe(times.length);
        expect(
          rows.map((row) => row.at),
          zone,
        ).toEqual(times);
        if (by === "hour")
          expect(
            rows.every((row) => row.count === 4),
            zone,
          ).toBe(true);
      }
    }
  });

  it("a year of days is answered in a moment", async () => {
    const beganAt = performance.now();
    const { times } = await read("Europe/Berlin", "day", FROM, FROM + 300 * 86_400_000);
    expect(times).toHaveLength(301);
    // A bound for a loaded machine; it takes some 50 ms.
    expect(performance.now() - beganAt).toBeLessThan(1_500);
  });
});
