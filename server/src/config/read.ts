/** Reads variables of the environment by their descriptions. */
import type { Variable as SandboxVariable } from "@tillway/sandbox";
import type { Environment } from "./environment.ts";

/** Which part of Tillway runs: `all` is the embedded profile, the others are its parts alone. */
export type Role = "all" | "api" | "worker" | "migrate" | "gateway" | "merchant" | "cases";

export interface Variable<Value> extends SandboxVariable<Value> {
  readonly requiredBy?: readonly Role[];
  /** True: no message shows its value. */
  readonly isSecret?: boolean;
}

type ValueOf<Described extends Variable<unknown>> = Exclude<ReturnType<Described["parse"]>, undefined> | Described["fallback"];
export type ValuesOf<Table extends Readonly<Record<string, Variable<unknown>>>> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

type ConfigProblem = Readonly<Record<"variable" | "problem" | "cure", string>>;

/** The environment cannot be used. `problems` names every variable that is wrong; the message is fit to be shown. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(role: Role | null, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem, cure }) => `  ${variable} ${problem}. ${cure}`);
    super(`The configuration${role === null ? "" : ` of \`tillway ${role}\``} cannot be used:\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * The values of these variables. An empty variable counts as not set. `problems` names each that is missing or malformed, with its cure.
 * @param role the command that reads them; null: none of those that require some
 */
export function readValues<Values>(environment: Environment, described: Readonly<Record<string, Variable<unknown>>>, role: Role | null) {
  const problems: ConfigProblem[] = [];
  const read = (variable: string, { form, parse, fallback, cure, isSecret, requiredBy }: Variable<unknown>): unknown => {
    const text = environment[variable]?.trim() ?? "";
    if (text === "") {
      if (role !== null && requiredBy?.includes(role)) problems.push({ variable, problem: "is missing", cure });
      return fallback;
    }
    const value = parse(text);
    // A URL that cannot be parsed may hold a password or token anywhere, so nothing of it is shown.
    const shown = isSecret || /[@?#]/.test(text) ? "" : `${JSON.stringify(text.slice(0, 80))}, which is `;
    if (value === undefined) problems.push({ variable, problem: `is ${shown}not ${form}`, cure });
    return value ?? fallback;
  };
  const values = Object.fromEntries(Object.entries(described).map(([name, each]) => [name, read(name, each)])) as Values;
  return { values, problems };
}
