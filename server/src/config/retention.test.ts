import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../config.ts";
import { DAY_MS } from "../core/constants.ts";

describe("retention", () => {
  it("is set in days", () => {
    const { flow } = readConfig({ RETENTION_EXCHANGES_DAYS: "400", RETENTION_DELIVERIES_DAYS: "1" }, "all");
    expect(flow.retention).toEqual({ exchangesMs: 400 * DAY_MS, deliveriesMs: DAY_MS });
  });

  it.each(["0", "-1", "1.5", "forever", "36501"])("of %s days is refused", (days) => {
    const read = () => readConfig({ RETENTION_EXCHANGES_DAYS: days, RETENTION_DELIVERIES_DAYS: days }, "all");
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/RETENTION_EXCHANGES_DAYS[^]*RETENTION_DELIVERIES_DAYS/);
  });
});
