import type { Config } from "../config.ts";
import { VARIABLES } from "../config/variables.ts";
import { bankSettings, type SandboxSettings } from "@tillway/sandbox";
import { UsageError } from "./explain.ts";

/** The sandbox's behaviour from the environment; what is not set is a bank: 5 seconds, 80 % approved. */
export function sandboxSettings({ sandbox }: Pick<Config, "sandbox">, publicUrl = bankSettings.publicUrl): SandboxSettings {
  const { url: _url, port: _port, ...behaviour } = sandbox;
  return { ...behaviour, publicUrl };
}

export interface SandboxOptions {
  readonly mock?: string;
  readonly flaky?: string;
}

/** The same with what the command line says instead. Throws `UsageError` that names what could have stood there. */
export function toldOnTheCommandLine(settings: SandboxSettings, options: SandboxOptions): SandboxSettings {
  return {
    ...settings,
    mock: options.mock === undefined ? settings.mock : parsed("--mock", options.mock, VARIABLES.SANDBOX_MOCK),
    flaky: options.flaky === undefined ? settings.flaky : parsed("--flaky", options.flaky, VARIABLES.SANDBOX_FLAKY),
  };
}

/** For people, at the start: a sandbox that was told to fail should not be a riddle a week later. */
export function sandboxNotes({ mock, flaky }: Pick<SandboxSettings, "mock" | "flaky">): string[] {
  const notes: string[] = [];
  if (mock !== null) notes.push(`Note: the sandbox is a mock: plain payments follow the scenario ${mock}.`);
  if (flaky !== null)
    notes.push(`Note: the sandbox is flaky: a share of ${flaky.rate} of its requests meets ${flaky.kind} (seed ${flaky.seed}).`);
  return notes;
}

interface Option<Value> {
  readonly form: string;
  readonly parse: (text: string) => Value | undefined;
  readonly cure: string;
}

function parsed<Value>(name: string, text: string, { form, parse, cure }: Option<Value>): Value {
  const value = parse(text);
  if (value === undefined) throw new UsageError(`${name} is ${JSON.stringify(text.slice(0, 80))}, which is not ${form}. ${cure}`);
  return value;
}
