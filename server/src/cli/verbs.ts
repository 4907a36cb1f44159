import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import { runningDatabase } from "../embedded/adopt.ts";
import type { By } from "../core/admin-actions.ts";
import { actingBy } from "../flows/deps.ts";
import { createLog } from "../observe/log.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { knownMasterKey, readTestKeys } from "./home.ts";
import { openParts, settingsOf } from "./parts.ts";
import { flags, listed, plain, plainJson } from "./text.ts";

export type Given<Option extends string> = Readonly<Partial<Record<Option, string>>>;

/** One verb of a command, such as `create` of `tillway merchant create`. */
export interface Verb<Option extends string> {
  /** The options that it accepts, besides `--json`. */
  readonly takes?: readonly Option[];
  /** Those that it requires. */
  readonly needs?: readonly Option[];
  /** The id that follows the verb, as the help calls it. */
  readonly takesId?: string;
  readonly run: (parts: Parts, given: Given<Option>, id: string) => Promise<Shown>;
}

/** A result for people, and the same as JSON. */
export type Shown = Readonly<{ text: string; json: unknown }>;

/**
 * Checks the whole call before it opens anything, runs the verb and prints its result. Throws `UsageError`.
 * @param noun of the messages, such as "the merchant"
 */
export async function runVerb<Option extends string>(
  name: "merchant" | "cases" | "dlq" | "audit" | "people" | "analytics" | "master-key" | "restore",
  noun: string,
  verbs: Readonly<Record<string, Verb<Option>>>,
  argv: string[],
): Promise<number> {
  const optionsOf = ({ takes = [], needs = [] }: Verb<Option>): readonly Option[] => [...takes, ...needs];
  const options = Object.fromEntries(Object.values(verbs).flatMap((verb) => optionsOf(verb).map((option) => [option, { type: "string" }])));
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { ...options, json: { type: "boolean" } } });
  const given = values as Given<Option>;
  const [wanted = "", id, ...more] = positionals;
  const verb = Object.hasOwn(verbs, wanted) ? verbs[wanted] : undefined;
  if (!verb || more.length > 0) throw new UsageError(`say what to do with ${noun}: tillway ${name} ${listed(Object.keys(verbs))}`);
  if (verb.takesId && id === undefined) throw new UsageError(`say which one: tillway ${name} ${wanted} ${verb.takesId}`);
  if (!verb.takesId && id !== undefined) throw new UsageError(`${wanted} takes options only: see tillway ${name} --help`);
  const strange = (Object.keys(given) as Option[]).filter((option) => !["json", ...optionsOf(verb)].includes(option));
  if (strange.length > 0) throw new UsageError(`${name} ${wanted} does not take ${flags(strange)}`);
  const missing = (verb.needs ?? []).filter((option) => !given[option]);
  if (missing.length > 0) throw new UsageError(`missing: ${flags(missing)}`);
  const parts = await open(name === "merchant" || name === "people" ? "merchant" : "cases");
  try {
    const shown = await verb.run({ ...parts, deps: actingBy(parts.deps, byUser()) }, given, id ?? "");
    console.log(values["json"] ? plainJson(JSON.stringify(shown.json)) : plain(shown.text));
  } finally {
    await parts.close();
  }
  return 0;
}

/** Whoever types the command, as the record of what they change names them. */
export function byUser(): By {
  return { kind: "cli", id: null, label: userName(), requestId: null };
}

/** Of whoever types the command; null where the system knows no name of this user. */
export function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

/** The master key that this machine has; null: none. */
export function masterKeyHere(): Uint8Array | null {
  const config = settingsOf("cases");
  return config.masterKey ?? knownMasterKey(config.homeDir);
}

/** Opens the database of `DATABASE_URL` or of the Tillway that runs in the home. */
function open(role: "merchant" | "cases"): Promise<Parts> {
  const config = settingsOf(role);
  const databaseUrl = config.databaseUrl ?? runningDatabase(config.homeDir);
  if (databaseUrl === null)
    throw new UsageError(`no Tillway runs in ${config.homeDir}: start it, or set DATABASE_URL and TILLWAY_MASTER_KEY`);
  const masterKey = config.masterKey ?? knownMasterKey(config.homeDir);
  if (masterKey === null) throw new UsageError("TILLWAY_MASTER_KEY is missing: use the one of the other parts");
  const log = createLog({ level: "error", destination: "stderr" });
  // Links lead to the dashboard that runs in the home, whose port may be that of another terminal's variables.
  const ofHome = config.databaseUrl === null ? readTestKeys(config.homeDir)?.dashboard_url : undefined;
  const dashboardUrl = config.dashboardUrl ?? ofHome ?? null;
  return openParts({ config: { ...config, dashboardUrl, databaseUrl, masterKey }, role: "api", log, metrics: null });
}
