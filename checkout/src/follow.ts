/** Follows a payment to its end: live by the stream, and by asking where there is none. */
import type { Api } from "./api.ts";
import { isOver, type Payment } from "./contract.ts";
import { eventsOf } from "./sse.ts";

interface Seen {
  payment(payment: Payment): void;
  /** Nobody answers, or somebody does again. */
  connection(isThere: boolean): void;
}

const POLL_MS = [1_000, 1_000, 2_000, 3_000, 5_000];
/** The server says something every 10 seconds. A line that is silent for longer is dead, and no browser notices that by itself. */
const SILENT_MS = 25_000;

/** Ends when the payment is over, or `signal` says so. Nothing that goes wrong on the way is thrown: the next try follows. */
export async function follow(api: Api, id: string, seen: Seen, signal: AbortSignal): Promise<void> {
  for (let failed = 0; !signal.aborted;) {
    const byStream = await readStream(api, id, seen, signal);
    if (byStream === "over") return;
    const asked = byStream === "ended" ? null : await ask(api, id, signal);
    if (signal.aborted) return;
    if (asked) {
      seen.connection(true);
      seen.payment(asked);
      if (isOver(asked)) return;
    }
    if (byStream !== "ended" && !asked) seen.connection(false);
    failed = byStream === "ended" ? 0 : failed + 1;
    await pause(POLL_MS[Math.min(failed, POLL_MS.length - 1)]!, signal);
  }
}

/** `ended`: it told something, and was then closed. */
async function readStream(api: Api, id: string, seen: Seen, signal: AbortSignal): Promise<"over" | "ended" | "none"> {
  let hasTold = false;
  const line = lineUntil(signal);
  try {
    for await (const { event, data } of eventsOf(await api.stream(id, line.signal), line.heard)) {
      if (event !== "payment") continue;
      const payment = JSON.parse(data) as Payment;
      hasTold = true;
      seen.connection(true);
      seen.payment(payment);
      if (isOver(payment)) return "over";
    }
  } catch {
    return "none";
  } finally {
    line.end();
  }
  return hasTold ? "ended" : "none";
}

/** Ends with `signal`, when nothing has been heard for too long, and when the browser says that it is offline. */
function lineUntil(signal: AbortSignal): { readonly signal: AbortSignal; heard(): void; end(): void } {
  const stop = new AbortController();
  const cut = (): void => stop.abort();
  let timer = setTimeout(cut, SILENT_MS);
  addEventListener("offline", cut);
  signal.addEventListener("abort", cut);
  if (signal.aborted) cut();
  return {
    signal: stop.signal,
    heard() {
      clearTimeout(timer);
      timer = setTimeout(cut, SILENT_MS);
    },
    end() {
      clearTimeout(timer);
      removeEventListener("offline", cut);
      signal.removeEventListener("abort", cut);
    },
  };
}

async function ask(api: Api, id: string, signal: AbortSignal): Promise<Payment | null> {
  if (signal.aborted) return null;
  try {
    return await api.payment(id);
  } catch {
    return null;
  }
}

/** Shorter if the browser comes back online, or the shopper to this page. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal?.addEventListener("abort", done);
  });
}
