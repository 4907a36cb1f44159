import { describe, expect, it } from "vitest";
import { bankSettings, type FaultName, type Flaky, type SandboxSettings } from "@tillway/sandbox";
import { mockSettings } from "../../../../sandbox/src/gateway/settings.testing.ts";
import { connectorConformance } from "./suite.testing.ts";
import { httpWorld, inProcessWorld } from "./sandbox-world.testing.ts";
import { callOf } from "./world.testing.ts";

const flakySettings = (flaky: Flaky): SandboxSettings => ({ ...mockSettings(), flaky });

connectorConformance("sandbox, in one process", () => inProcessWorld(bankSettings));
connectorConformance("sandbox, over HTTP", () => httpWorld(bankSettings));
connectorConformance("sandbox with a lagging search", () => inProcessWorld({ ...bankSettings, findLagMs: 1_500 }));
connectorConformance("mock", () => inProcessWorld(mockSettings()));
connectorConformance("flaky without a fault", () => inProcessWorld(flakySettings({ kind: "timeout-after", rate: 0, seed: "1" })));

describe("flaky", () => {
  const kinds: FaultName[] = [
    "timeout-before",
    "timeout-after",
    "reset-after",
    "cut-after",
    "error-before",
    "html-after",
    "throttled",
    "unavailable",
  ];

  it.each(kinds)("failing by %s at every second request: asking and sending again ends in the truth, charged once", async (kind) => {
    const world = await inProcessWorld(flakySettings({ kind, rate: 0.5, seed: "7" }));
    let failures = 0;
    for (let n = 0; n < 20; n++) {
      const call = callOf(world, {
        method: { type: "card", connector: "sandbox", token: "tok_plain_visa", network: "visa", last4: "1111" },
      });
      let { outcome } = await world.run(world.connector.send(call));
      for (let questions = 1; outcome.kind !== "succeeded" && questions < 40; questions++) {
        failures += 1;
        const asked = { ...call, attempt: { ...call.attempt, questions, sends: 2 } };
        await world.pass(2_000);
        const found = await world.run(world.connector.find(asked));
        outcome = found.outcome.kind === "not_found" ? (await world.run(world.connector.send(asked))).outcome : found.outcome;
      }
      expect(outcome.kind).toBe("succeeded");
      expect([world.charges(call.attempt.gatewayKey), world.taken(call.attempt.gatewayKey)]).toEqual([1, 4_500]);
    }
    expect(failures).toBeGreaterThan(5);
    await world.close();
  });

  it("meets the same fate under the same seed", async () => {
    const fates = async (seed: string): Promise<string> => {
      const world = await inProcessWorld(flakySettings({ kind: "error-before", rate: 0.5, seed }));
      const kindsSeen: string[] = [];
      for (let n = 0; n < 30; n++) {
        const call = callOf(world, { method: world.methods.approved, attempt: { gatewayKey: `fate-key-${n}-00000` } });
        kindsSeen.push((await world.run(world.connector.send(call))).outcome.kind);
      }
      await world.close();
      return kindsSeen.join();
    };
    expect(await fates("a")).toBe(await fates("a"));
    expect(await fates("a")).not.toBe(await fates("b"));
  });
});
