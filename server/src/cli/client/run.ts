/** Runs `tillway NOUN VERB`: one request, and its answer as a table or as the API sent it. */
import { randomUUID } from "node:crypto";
import { UsageError } from "../explain.ts";
import { listed, plainJson, unknownName } from "../text.ts";
import { NoTillway, openApi, type Request } from "./api.ts";
import { bodyOf, fieldsOf, queryOf, readWords, usageOf } from "./fields.ts";
import { nouns, verbNames, type ActName, type Noun, type NounName, type Verb } from "./nouns.ts";
import { shown } from "./show.ts";

export async function runNoun(name: NounName, argv: readonly string[]): Promise<number> {
  const noun: Noun = nouns[name];
  const [wanted = "", ...rest] = argv;
  if (wanted === "" || wanted.startsWith("-")) throw new UsageError(`say what to do: tillway ${name} ${listed(verbNames(noun))}`);
  if (Object.hasOwn(noun.acts ?? {}, wanted)) return (await import("./acts.ts")).acts[`${name} ${wanted}` as ActName](rest);
  const isPlain = noun.plain !== undefined && !verbNames(noun).includes(wanted);
  const meant = isPlain ? noun.plain! : wanted;
  const verb = verbOf(name, noun, meant);
  const words = isPlain ? [`--${fieldsOf(verb[2])[0]!.option}`, wanted, ...rest] : rest;
  const call = callOf(verb, `tillway ${name} ${meant}`, words);
  const text = await sent(call, noun.asOperator);
  console.log(call.json ? plainJson(text) : shown(parsed(text), noun.columns));
  return 0;
}

/** The help of a noun, or of one of its verbs. */
export function nounHelp(name: NounName, wanted: string | undefined): string {
  const noun: Noun = nouns[name];
  const verbs = Object.entries(noun.verbs).filter(([verb]) => wanted === undefined || verb === wanted);
  const actions = Object.entries(noun.acts ?? {}).filter(([verb]) => wanted === undefined || verb === wanted);
  if (wanted !== undefined && actions.length === 0) verbOf(name, noun, wanted);
  const usages = verbs.map(([verb, row]) => `  ${verbUsage(name, verb, row, wanted !== undefined)}\n      ${row[1]}`);
  for (const [, { usage, summary, fields }] of actions) {
    const options = wanted === undefined ? [] : fieldsOf(fields).map((field) => `\n        ${usageOf(field)}`);
    usages.push(`  tillway ${name} ${usage}${options.join("")}\n      ${summary}`);
  }
  const writes = verbs.some(([, [route]]) => !route.startsWith("GET"));
  const data = "--data takes the body as JSON, from @FILE or from - (standard input); options change it.";
  const next = wanted === undefined ? `\`tillway help ${name} VERB\` shows the options of one. ` : "";
  const takes = noun.asOperator ? OPERATORS_TAKE : EACH_TAKES;
  return `Usage:\n${usages.join("\n")}\n\n${noun.about}.${writes ? ` ${data}` : ""}\n\n${next}${takes}`;
}

/**
 * The table of docs/cli.md.
 * @public Read from the build by scripts/docs/generators.mjs.
 */
export function nounsMarkdown(): string {
  const row = (call: string, summary: string, route: string) => `| \`tillway ${call}\` | ${summary} | ${route} |`;
  const rows = Object.entries<Noun>(nouns).flatMap(([name, { verbs, acts = {} }]) => [
    ...Object.entries(verbs).map(([verb, [route, summary]]) => row(`${name} ${verb}${wordsOf(route).join("")}`, summary, `\`${route}\``)),
    ...Object.values(acts).map(({ usage, summary, overDatabase }) => row(`${name} ${usage}`, summary, overDatabase ? "none" : "several")),
  ]);
  return ["| command | what it does | route |", "|---|---|---|", ...rows].join("\n");
}

const EACH_TAKES =
  "Each takes --json (the answer as the API sends it) and --url. Without --url and TILLWAY_KEY, TILLWAY_SECRET it talks to the Tillway of TILLWAY_HOME as its test merchant.";

const OPERATORS_TAKE =
  "Each takes --json (the answer as the API sends it) and --url. It sends TILLWAY_OPERATOR_KEY, or else the operator key that `npm start` keeps in TILLWAY_HOME.";

/** Options are many: all of them are shown of one verb only. */
function verbUsage(name: string, wanted: string, [route, , described]: Verb, all: boolean): string {
  const isRead = route.startsWith("GET");
  const options = [...fieldsOf(described).map(usageOf), ...(isRead ? [] : ["[--data JSON]", "[--idempotency-key KEY]"])];
  const call = `tillway ${name} ${wanted}${wordsOf(route).join("")}`;
  if (!all) return options.length === 0 ? call : `${call} [options]`;
  return [call, ...options.map((option) => `      ${option}`)].join("\n");
}

/** What stands in the place of ids, each after a space. */
function wordsOf(route: string): string[] {
  return [...route.matchAll(PLACES)].map(([, place = ""]) => ` ${place.toUpperCase()}`);
}

const PLACES = /\{(\w+)\}/g;

function verbOf(name: string, noun: Noun, wanted: string): Verb {
  const verbs = verbNames(noun);
  if (!Object.hasOwn(noun.verbs, wanted)) throw unknownName(`command "tillway ${name}"`, wanted, verbs, `There are: ${listed(verbs)}.`);
  return noun.verbs[wanted]!;
}

interface Call {
  readonly method: Request["method"];
  readonly path: string;
  readonly body?: Record<string, unknown>;
  readonly idempotencyKey?: string;
  readonly url?: string;
  readonly json: boolean;
}

/** Checks the whole call before anything is sent. Throws `UsageError`. */
function callOf([route, , described]: Verb, command: string, argv: readonly string[]): Call {
  const [method, path] = route.split(" ") as [Request["method"], string];
  const isRead = method === "GET";
  const fields = fieldsOf(described);
  const own = ["url", ...(isRead ? [] : ["data", "idempotency-key"])];
  const { options, flags, words } = readWords(argv, [...fields.map(({ option }) => option), ...own], ["json"], command);
  const places = wordsOf(path);
  const given = words.slice(0, places.length);
  if (given.length < places.length || given.includes("")) throw new UsageError(`say which one: ${command}${places.join("")}`);
  const strange = words[places.length];
  if (strange !== undefined) {
    const shown = JSON.stringify(strange.slice(0, 80));
    // Where there is one thing to give, that is what was meant.
    const option = fields.length === 1 ? fields[0]!.option : null;
    const cure = option === null ? `See: ${command} --help` : `Write: ${command} --${option} ${shown}`;
    throw new UsageError(`${command} does not take ${shown}. ${cure}`);
  }
  const dots = given.find((id) => id === "." || id === "..");
  if (dots !== undefined) throw new UsageError(`${command} takes an ID; ${dots} is none`);
  const full = path.replaceAll(PLACES, () => encodeURIComponent(given.shift()!));
  const shared = { method, url: options["url"], json: flags.has("json") };
  if (isRead) return { ...shared, path: full + queryOf(fields, options) };
  const body = method === "DELETE" && fields.length === 0 ? undefined : bodyOf(fields, options);
  return { ...shared, path: full, body, idempotencyKey: options["idempotency-key"] ?? randomUUID() };
}

async function sent(call: Call, asOperator: boolean | undefined): Promise<string> {
  const api = openApi({ url: call.url, asOperator });
  try {
    return await api.send(call);
  } catch (error) {
    if (!(error instanceof NoTillway) || !error.mayHaveArrived || call.idempotencyKey === undefined) throw error;
    throw new NoTillway(`${error.message} The same command with --idempotency-key ${call.idempotencyKey} does it once.`);
  } finally {
    await api.close();
  }
}

function parsed(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new NoTillway("the answer is no JSON: this is no Tillway. Check --url or TILLWAY_URL.");
  }
}
