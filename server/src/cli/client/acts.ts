/** Verbs that are more than one request: `events resend` and `logs tail`. */
import { randomUUID } from "node:crypto";
import { Failure, UsageError } from "../explain.ts";
import { newest, pagesAfter, pause, type Event } from "../listen/feed.ts";
import { plain } from "../text.ts";
import { openApi } from "./api.ts";
import { readWords } from "./fields.ts";
import type { ActName } from "./nouns.ts";

export const acts: Readonly<Record<ActName, (argv: readonly string[]) => Promise<number>>> = { "events resend": resend, "logs tail": tail };

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
    const found = JSON.parse(await api.send({ method: "GET", path: `/v1/deliveries?limit=100&payment_id=${of.payment_id ?? of.id}` }));
    const owed = (found as { data: Delivery[] }).data.filter(
      (each) => each.event_id === id && (options["endpoint"] ?? each.endpoint_id) === each.endpoint_id,
    );
    if (owed.length === 0)
      throw new Failure(`no webhook endpoint was owed ${id} (${event.type}). \`tillway webhook-endpoints list\` shows which there are.`);
    const results: object[] = [];
    for (const delivery of owed) {
      const isUnderWay = delivery.status === "pending";
      const path = `/v1/deliveries/${delivery.id}/retry`;
      if (!isUnderWay) await api.send({ method: "POST", path, body: {}, idempotencyKey: randomUUID() });
      results.push({ delivery_id: delivery.id, endpoint_id: delivery.endpoint_id, result: isUnderWay ? "under_way" : "sent_again" });
      const text = isUnderWay ? "is still being tried; nothing to do" : "is sent again";
      if (!flags.has("json")) console.log(`${delivery.id} to ${delivery.endpoint_id} ${text}`);
    }
    if (flags.has("json")) console.log(JSON.stringify({ event_id: id, deliveries: results }));
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
  const silent = (error: Error | null): void => console.error(error ? `… ${error.message} Waiting for it.` : "… Tillway answers again.");
  const deps = { open: () => openApi(options), sleep, isStopped: () => stopping.signal.aborted, silent };
  const after = await newest(deps);
  console.error("Waiting for events. Ctrl-C ends it.");
  for await (const events of pagesAfter(deps, after, options["type"]))
    for (const event of events) console.log(flags.has("json") ? JSON.stringify(event) : plain(lineOf(event)));
  return 0;
}

function lineOf({ id, type, timestamp, data }: Event): string {
  const {
    id: subject,
    status,
    amount,
    currency,
    error,
  } = data as Record<string, string> & { error?: { code?: string; decline_code?: string } | null };
  const why = error ? `  ${error.decline_code ?? error.code ?? ""}` : "";
  return `${timestamp.slice(11, 19)}  ${type.padEnd(26)} ${id}  ${subject} ${status} ${amount} ${currency}${why}`;
}
