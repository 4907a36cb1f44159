import { parseArgs } from "node:util";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";

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
export interface Shown {
  readonly text: string;
  readonly json: unknown;
}

interface Command<Option extends string> {
  readonly name: string;
  /** The noun of the messages, such as "the merchant". */
  readonly noun: string;
  readonly verbs: Readonly<Record<string, Verb<Option>>>;
  readonly open: () => Promise<Parts>;
}

/** Checks the whole call before it opens anything, runs the verb and prints its result. Throws `UsageError`. */
export async function runVerb<Option extends string>(argv: string[], { name, noun, verbs, open }: Command<Option>): Promise<number> {
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
  const parts = await open();
  try {
    const shown = await verb.run(parts, given, id ?? "");
    console.log(values["json"] ? JSON.stringify(shown.json) : plain(shown.text));
  } finally {
    await parts.close();
  }
  return 0;
}

/** A gateway's words are shown, never obeyed: without what moves a terminal's cursor or changes its colours. */
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, "\u{fffd}");
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function flags(options: readonly string[]): string {
  return options.map((option) => `--${option}`).join(", ");
}
