/** Verbs that are more than one request, or take a file; `payments export` is in `export.ts`. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { formatMoney } from "../../core/money.ts";
import { Failure, UsageError } from "../explain.ts";
import { newest, pagesAfter, pause, type Event } from "../listen/feed.ts";
import { plain, plainJson } from "../text.ts";
import { openApi } from "./api.ts";
import { readWords } from "./fields.ts";
import type { ActName } from "./nouns.ts";

export const acts: Readonly<Record<ActName, (argv: readonly string[]) => Promise<number>>> = {
  "payments export": async (argv) => (await import("./export.ts")).exportPayments(argv),
  "analytics rebuild": async (argv) => (await import("../analytics.ts")).runRebuild(argv),
  "events resend": resend,
  "logs tail": tail,
  "routing set": setRouting,
  "routing explain": explainRouting,
};

interface Delivery {
  readonly id: string;
  readonly event_id: string;
  readonly endpoint_id: string;
  readonly status: string;
}

/** Sends an event again to each endpoint that was owed it. One whose tries go on is left alone: it comes by itself. */
async function resend(argv: readonly string[]): Promise<number> {
  const { options, flags, words } = readWords(argv, ["url", "endpoint"], ["json"], "tillway events resend");
  const [id, ...more] = words;
  if (id === undefined || more.length > 0) throw new UsageError("say which one: tillway events resend evt_…");
  const api = openApi(options);
  try {
    const event = JSON.parse(await api.send({ method: "GET", path: `/v1/events/${encodeURIComponent(id)}` })) as Event;
    const of = event.data as { id: string; payment_id?: string };
    const found = JSON.parse(
      await api.send({ method: "GET", path: `/v1/deliveries?limit=100&payment_id=${encodeURIComponent(of.payment_id ?? of.id)}` }),
    );
    const owed = (found as { data: Delivery[] }).data.filter(
      (each) => each.event_id === id && (options["endpoint"] ?? each.endpoint_id) === each.endpoint_id,
    );
    if (owed.length === 0)
      throw new Failure(`no webhook endpoint was owed ${id} (${event.type}). \`tillway webhook-endpoints list\` shows which there are.`);
    const results: object[] = [];
    for (const delivery of owed) {
      const isUnderWay = delivery.status === "pending";
      const path = `/v1/deliveries/${encodeURIComponent(delivery.id)}/retry`;
      if (!isUnderWay) await api.send({ method: "POST", path, body: {}, idempotencyKey: randomUUID() });
      results.push({ delivery_id: delivery.id, endpoint_id: delivery.endpoint_id, result: isUnderWay ? "under_way" : "sent_again" });
      const text = isUnderWay ? "is still being tried; nothing to do" : "is sent again";
      if (!flags.has("json")) console.log(plain(`${delivery.id} to ${delivery.endpoint_id} ${text}`));
    }
    if (flags.has("json")) console.log(plainJson(JSON.stringify({ event_id: id, deliveries: results })));
  } finally {
    await api.close();
  }
  return 0;
}

/** A line for each event as it is committed, those that no webhook carries too, until a signal. */
async function tail(argv: readonly string[]): Promise<number> {
  const { options, flags, words } = readWords(argv, ["url", "type"], ["json"], "tillway logs tail");
  if (words.length > 0) throw new UsageError("tillway logs tail takes options only");
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  const sleep = (ms: number) => pause(ms, stopping.signal);
  const silent = (error: Error | null): void =>
    console.error(error ? plain(`… ${error.message} Waiting for it.`) : "… Tillway answers again.");
  const deps = { open: () => openApi(options), sleep, isStopped: () => stopping.signal.aborted, silent };
  const after = await newest(deps);
  console.error("Waiting for events. Ctrl-C ends it.");
  for await (const events of pagesAfter(deps, after, options["type"]))
    for (const event of events) console.log(flags.has("json") ? plainJson(JSON.stringify(event)) : plain(lineOf(event)));
  return 0;
}

/** What an event shows of a payment, refund or case. */
interface Subject {
  readonly id: string;
  readonly status: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly error?: { readonly code?: string; readonly decline_code?: string } | null;
}

function lineOf({ id, type, timestamp, data }: Event): string {
  const { id: subject, status, amount, currency, error } = data as unknown as Subject;
  const why = error ? `  ${error.decline_code ?? error.code ?? ""}` : "";
  const money = amount === undefined || currency === undefined ? "" : ` ${formatMoney(amount, currency)}`;
  return `${timestamp.slice(11, 19)}  ${type.padEnd(26)} ${id}  ${subject} ${status}${money}${why}`;
}

/** The file has the rules alone, or the whole answer of `routing get --json`: then only if nobody has changed them since. */
async function setRouting(argv: readonly string[]): Promise<number> {
  const { read, send } = fileAsked(argv, "tillway routing set");
  const given = read();
  const { rules, version } = Array.isArray(given)
    ? { rules: given, version: undefined }
    : (given as { rules?: unknown; version?: unknown });
  const answer = await send("PUT", "/v1/routing-rules", { rules, ...(version !== undefined && { version }) });
  const { version: now, warnings } = JSON.parse(answer.text) as { version: number; warnings: { param: string; message: string }[] };
  if (answer.isJson) console.log(plainJson(answer.text));
  else for (const line of [`version ${now} stands`, ...warnings.map((each) => `${each.param}: ${each.message}`)]) console.log(plain(line));
  return 0;
}

interface Explained {
  readonly rules: readonly { readonly name: string; readonly because: string | null }[];
  readonly rule: string;
  readonly accounts: readonly { readonly account: string; readonly connector: string; readonly because: string | null }[];
  readonly chosen: string | null;
  readonly reason: string;
}

async function explainRouting(argv: readonly string[]): Promise<number> {
  const { read, send } = fileAsked(argv, "tillway routing explain");
  const answer = await send("POST", "/v1/routing-rules/explain", read());
  if (answer.isJson) console.log(plainJson(answer.text));
  else {
    const { rules, rule, accounts, chosen, reason } = JSON.parse(answer.text) as Explained;
    const lines = [
      ...rules.map(({ name, because }) => (because === null ? `rule ${name} fits` : `rule ${name} does not fit: ${because}`)),
      ...(rule === "priority" ? ["no rule fits: all enabled accounts by priority"] : []),
      ...accounts.map(
        ({ account, connector, because }, n) => `${n + 1}. ${account} (${connector})${because === null ? "" : `: ${because}`}`,
      ),
      chosen === null ? `no account: ${reason}` : `goes to ${chosen}: ${reason}`,
    ];
    for (const line of lines) console.log(plain(line));
  }
  return 0;
}

/** What a verb with one file as its argument needs. */
function fileAsked(argv: readonly string[], command: string) {
  const { options, flags, words } = readWords(argv, ["url"], ["json"], command);
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) throw new UsageError(`name one file, or - for the standard input: ${command} FILE.json`);
  return {
    read(): unknown {
      try {
        // 0 is the standard input.
        return JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
      } catch (error) {
        throw new UsageError(`${file} can't be read as JSON: ${(error as Error).message}`);
      }
    },
    async send(method: "PUT" | "POST", path: string, body: unknown): Promise<{ readonly text: string; readonly isJson: boolean }> {
      const api = openApi(options);
      try {
        return { text: await api.send({ method, path, body: body as object }), isJson: flags.has("json") };
      } finally {
        await api.close();
      }
    },
  };
}
