import type { Config } from "../config.ts";
import { bankSettings, type SandboxSettings } from "../gateways/sandbox/settings.ts";

/** The sandbox's behaviour from the environment; what is not set is a bank: 5 seconds, 80 % approved. */
export function sandboxSettings(config: Pick<Config, "sandbox">, publicUrl = bankSettings.publicUrl): SandboxSettings {
  const { delayMs, successRate, upiSuccessRate, cardSuccessRate, delayMinMs, delayMaxMs, test } = config.sandbox;
  return { ...bankSettings, delayMs, successRate, upiSuccessRate, cardSuccessRate, delayMinMs, delayMaxMs, test, publicUrl };
}
