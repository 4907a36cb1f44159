/** New events from `GET /v1/events`, in the order of their commits, through restarts of the server. */
import { ApiRefusal, NoTillway, type Api } from "../client/api.ts";
import { backoffMs } from "./gate.ts";

/** An event as the API shows it, and as a webhook carries it. */
export interface Event {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Page {
  readonly data: readonly Event[];
  readonly has_more: boolean;
}

export interface FeedDeps {
  /** Asked for at each failure: a Tillway that was started again may have another port. */
  readonly open: () => Api;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopped: () => boolean;
  /** Called once when the API falls silent, and once when it answers again (null). */
  readonly silent: (error: Error | null) => void;
}

/** The most that the API gives at once. */
const PAGE_ROWS = 100;
/** Between two looks while nothing happens: soon enough for a person, and little work for the server. */
const POLL_MS = 500;

/** The newest event; null if there is none yet. */
export async function newest(deps: FeedDeps): Promise<string | null> {
  const page = await patiently(deps, (api) => read(api, "limit=1"));
  return page?.data[0]?.id ?? null;
}

/**
 * Pages of events after the cursor, each in order; ends when the command is stopped. Throws what no waiting mends.
 * @param type a type or `payment.*`; all if left out
 */
export async function* pagesAfter(deps: FeedDeps, cursor: string | null, type?: string): AsyncGenerator<readonly Event[]> {
  let last = cursor;
  const rows = `limit=${PAGE_ROWS}${type === undefined ? "" : `&type=${encodeURIComponent(type)}`}`;
  while (!deps.isStopped()) {
    const after = last;
    const page = await patiently(deps, (api) =>
      after === null ? oldest(api, rows) : read(api, `${rows}&ending_before=${encodeURIComponent(after)}`),
    );
    // Newest first, as every list.
    const events = (page?.data ?? []).toReversed();
    if (events.length > 0) yield events;
    last = events.at(-1)?.id ?? last;
    if (page?.has_more !== true || events.length === 0) await deps.sleep(POLL_MS);
  }
}

/** The first page that there ever was. Without a cursor there were no events, so there are few pages to turn back. */
async function oldest(api: Api, rows: string): Promise<Page> {
  let page = await read(api, rows);
  let isFirst = !page.has_more;
  while (!isFirst) {
    const { data, has_more: hasMore } = await read(api, `${rows}&starting_after=${encodeURIComponent(page.data.at(-1)!.id)}`);
    isFirst = !hasMore;
    if (data.length > 0) page = { data, has_more: true };
  }
  return page;
}

async function read(api: Api, query: string): Promise<Page> {
  return JSON.parse(await api.send({ method: "GET", path: `/v1/events?${query}` })) as Page;
}

/** Tries again for as long as it takes; null if the command was stopped meanwhile. */
async function patiently<Result>(deps: FeedDeps, ask: (api: Api) => Promise<Result>): Promise<Result | null> {
  for (let failures = 0; !deps.isStopped(); failures++) {
    const api = deps.open();
    try {
      const result = await ask(api);
      if (failures > 0) deps.silent(null);
      return result;
    } catch (error) {
      if (!passes(error)) throw error;
      if (failures === 0) deps.silent(error as Error);
      await deps.sleep(Math.max(backoffMs(failures), error instanceof ApiRefusal ? (error.retryAfterMs ?? 0) : 0));
    } finally {
      await api.close();
    }
  }
  return null;
}

/** A server that is away, starts, or has too much to do. */
function passes(error: unknown): boolean {
  return (
    error instanceof NoTillway ||
    (error instanceof ApiRefusal && (error.status >= 500 || error.status === 429)) ||
    error instanceof SyntaxError
  );
}

/** Ends early when the signal fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
