import type { ScenarioName } from "../scenarios.ts";
import { bankSettings, type SandboxSettings } from "./settings.ts";

/** A far side that does as told, at once: success unless another scenario is named. For tests only. */
export function mockSettings(told: ScenarioName = "success"): SandboxSettings {
  return { ...bankSettings, told };
}
