/** The stream of events of a merchant and mode, with its breaks: waits, goes on behind the last event, and asks instead where there is none. */
import type { EventObject } from "@tillway/sdk";
import { ApiError, call, callRaw, type Scope } from "./api.ts";
import type { Page } from "./data.ts";
import { LAST_EVENT } from "./last-event.ts";
import { readEvents } from "./sse.ts";

export type LiveState = "connecting" | "live" | "polling" | "paused";

interface Following {
  readonly scope: Scope;
  /** The last event that was seen, over all connections; null: begin with what comes now. */
  readonly last: { current: string | null };
  readonly signal: AbortSignal;
  readonly onState: (state: LiveState) => void;
  readonly onEvent: (event: EventObject) => void;
}

const POLL_MS = 5_000;
const POLLED_MS = 60_000;
const WAIT_MS = { first: 500, most: 10_000 };
/** This many streams that ended at once: none comes through here. */
const STREAM_TRIES = 3;

export async function follow(what: Following): Promise<void> {
  await begin(what);
  let failures = 0;
  while (!what.signal.aborted) {
    const isOpened = await stream(what).catch((error: unknown) => {
      // This listener has no stream: it does not help to ask again.
      if (error instanceof ApiError && (error.status === 404 || error.status === 405)) failures = STREAM_TRIES;
      return false;
    });
    if (what.signal.aborted) return;
    failures = isOpened ? 0 : failures + 1;
    if (failures >= STREAM_TRIES) {
      await poll(what);
      failures = STREAM_TRIES - 1;
      continue;
    }
    what.onState("connecting");
    await pause(Math.min(WAIT_MS.most, WAIT_MS.first * 2 ** failures), what.signal);
  }
}

/** Where to go on if the first connection breaks before anything came. */
async function begin({ scope, last, signal }: Following): Promise<void> {
  if (last.current !== null) return;
  const page = await call<Page<EventObject>>({ ...LAST_EVENT, scope, signal }).catch(() => null);
  last.current = page?.data[0]?.id ?? null;
}

/** Reads until it ends or breaks. @returns whether anything came */
async function stream({ scope, last, signal, onState, onEvent }: Following): Promise<boolean> {
  const headers: Record<string, string> = last.current === null ? {} : { "last-event-id": last.current };
  const response = await callRaw({ path: "/v1/events/stream", scope, signal, headers }, "text/event-stream");
  if (response.body === null) return false;
  onState("live");
  let isAny = false;
  try {
    for await (const { id, event, data } of readEvents(response.body)) {
      isAny = true;
      if (event !== "event") continue;
      if (id !== "") last.current = id;
      onEvent(JSON.parse(data) as EventObject);
    }
  } catch {
    // A line that broke is no sign that none comes through.
  }
  return isAny;
}

/** Asks for what is newer than the last event, oldest first, for a while: then a stream may come through again. */
async function poll({ scope, last, signal, onState, onEvent }: Following): Promise<void> {
  const until = Date.now() + POLLED_MS;
  while (!signal.aborted && Date.now() < until) {
    try {
      const query = last.current === null ? { limit: 100 } : { ending_before: last.current, limit: 100 };
      const page = await call<Page<EventObject>>({ path: "/v1/events", query, scope, signal });
      onState("polling");
      last.current = page.data[0]?.id ?? last.current;
      for (const event of page.data.toReversed()) onEvent(event);
      if (page.has_more) continue;
    } catch {
      if (!signal.aborted) onState("connecting");
    }
    await pause(POLL_MS, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
