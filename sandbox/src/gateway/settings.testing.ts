import type { ScenarioName } from "../scenarios.ts";
import { bankSettings, type SandboxSettings } from "./settings.ts";

/** A far side that follows one scenario at once: success unless another scenario is named. For tests only. */
export function mockSettings(mock: ScenarioName = "success"): SandboxSettings {
  return { ...bankSettings, mock };
}
