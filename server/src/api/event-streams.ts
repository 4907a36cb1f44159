/**
 * Streams of events as they are committed. All streams of a merchant that stand at the same event are served by one question to the store;
 * one that comes later, or is slow to read, asks from its own place until it has caught up. So there is neither a gap nor a repeat.
 */
import { PassThrough, type Readable } from "node:stream";
import { TillwayError } from "../core/errors.ts";
import type { MoneyEvent, Scope } from "../core/model.ts";
import type { Reads } from "../core/ports/reads.ts";
import type { Clock } from "../core/ports/world.ts";

const LIMITS = {
  /** Of one key or person: some tabs, and one that was left behind. */
  perCaller: 10,
  /** Of this process; each is a connection. */
  all: 500,
  pageRows: 100,
  lookEveryMs: 400,
  /** A caller whose key or session has ended is sent away this long after. */
  checkEveryMs: 500,
  commentEveryMs: 10_000,
  /** The caller comes back with the last id that it has seen. */
  lastsMs: 300_000,
};
const COME_AGAIN_MS = 2_000;

export interface StreamWish {
  readonly scope: Scope;
  /** Whose places it takes. */
  readonly caller: string;
  /** The event after which it begins; null: there was none yet. */
  readonly after: string | null;
  readonly wants: (event: MoneyEvent) => boolean;
  readonly text: (event: MoneyEvent) => string;
  readonly isAllowed: () => Promise<boolean>;
}

interface Open extends StreamWish {
  readonly stream: PassThrough;
  readonly endsAt: number;
  cursor: string | null;
  commentAt: number;
  checkAt: number;
}

/** The streams of one merchant and mode. */
interface Group {
  readonly members: Set<Open>;
  readonly left: AbortController;
}

export interface StreamDeps {
  readonly reads: Pick<Reads, "events">;
  readonly clock: Pick<Clock, "sleep">;
}

/** @param given replaced in tests */
export function eventStreams(deps: StreamDeps, given: Partial<typeof LIMITS> = {}) {
  const limits = { ...LIMITS, ...given };
  const groups = groupsOf(deps, limits);
  const ofCaller = new Map<string, number>();
  const open = new Set<Open>();
  let isClosing = false;

  function forget(one: Open): void {
    open.delete(one);
    const left = ofCaller.get(one.caller)! - 1;
    if (left > 0) ofCaller.set(one.caller, left);
    else ofCaller.delete(one.caller);
  }

  return {
    /** Throws `TillwayError` rate_limited: as many as may be are open. */
    open(wish: StreamWish): Readable {
      const mine = ofCaller.get(wish.caller) ?? 0;
      if (open.size >= limits.all || mine >= limits.perCaller)
        throw new TillwayError("rate_limited", {
          retryAfterMs: COME_AGAIN_MS,
          message: "As many streams as may be are open. Close one, or list the events now and then.",
        });
      const now = performance.now();
      const times = { endsAt: now + limits.lastsMs, commentAt: now + limits.commentEveryMs, checkAt: now + limits.checkEveryMs };
      const one: Open = { ...wish, ...times, stream: new PassThrough(), cursor: wish.after };
      open.add(one);
      ofCaller.set(wish.caller, mine + 1);
      one.stream.write(`retry: ${COME_AGAIN_MS}\n`);
      note(one);
      const leave = groups.join(one);
      // However it ends: by us, by the caller who goes, or by a broken connection.
      one.stream.once("close", () => {
        leave();
        forget(one);
      });
      if (isClosing) one.stream.end();
      return one.stream;
    },
    /** Ends all of them: their callers ask the next process. */
    close(): void {
      isClosing = true;
      for (const { stream } of open) stream.end();
    },
    counts: () => ({ open: open.size, groups: groups.count(), callers: ofCaller.size }),
  };
}

/** One look-out for each merchant and mode; it ends with the last of its streams. */
function groupsOf(deps: StreamDeps, limits: typeof LIMITS) {
  const groups = new Map<string, Group>();

  async function look(group: Group): Promise<void> {
    while (group.members.size > 0) {
      const isBehind = await serve(deps, group, limits);
      if (group.members.size > 0 && !isBehind) await deps.clock.sleep(limits.lookEveryMs, group.left.signal);
    }
  }

  return {
    count: () => groups.size,
    /** @returns leaves */
    join(one: Open): () => void {
      const name = `${one.scope.merchantId} ${one.scope.mode}`;
      const known = groups.get(name);
      const group = known ?? { members: new Set(), left: new AbortController() };
      group.members.add(one);
      if (known === undefined) {
        groups.set(name, group);
        void look(group);
      }
      return () => {
        group.members.delete(one);
        if (group.members.size > 0) return;
        if (groups.get(name) === group) groups.delete(name);
        group.left.abort();
      };
    },
  };
}

/** One round. @returns whether some have more to read at once */
async function serve({ reads }: StreamDeps, { members }: Group, limits: typeof LIMITS): Promise<boolean> {
  await Promise.all([...members].map((one) => beat(one, limits)));
  const places = new Map<string | null, Open[]>();
  for (const one of members) {
    // Who does not read what was sent stays where it is.
    if (one.stream.writableNeedDrain || one.stream.writableEnded) continue;
    places.set(one.cursor, [...(places.get(one.cursor) ?? []), one]);
  }
  let isBehind = false;
  for (const [cursor, those] of places) {
    const page = await after(reads, those[0]!.scope, cursor, limits.pageRows).catch(() => null);
    if (page === null) continue;
    isBehind ||= page.hasMore;
    for (const one of those) for (const event of page.rows) tell(one, event);
  }
  return isBehind;
}

/** Oldest first. A store that lost the cursor's row (a restored one) has nothing after it. */
async function after(reads: StreamDeps["reads"], scope: Scope, cursor: string | null, limit: number) {
  if (cursor !== null) {
    const page = await reads.events(scope, { limit, endingBefore: cursor });
    return page === "unknown_cursor" ? null : { rows: page.rows.toReversed(), hasMore: page.hasMore };
  }
  // There were none when it began, so there are few.
  const rows: MoneyEvent[] = [];
  for (let startingAfter: string | undefined; ; startingAfter = rows.at(-1)!.id) {
    const page = await reads.events(scope, { limit, startingAfter });
    if (page === "unknown_cursor") return null;
    rows.push(...page.rows);
    if (!page.hasMore) return { rows: rows.toReversed(), hasMore: false };
  }
}

function tell(one: Open, event: MoneyEvent): void {
  if (one.stream.writableEnded) return;
  one.cursor = event.id;
  if (one.wants(event)) one.stream.write(`id: ${event.id}\nevent: event\ndata: ${one.text(event)}\n\n`);
}

/** Where it stands: an id without data is no event, and is what a client comes back with. */
function note({ stream, cursor }: Open): void {
  stream.write(`: still here\n${cursor === null ? "" : `id: ${cursor}\n`}\n`);
}

async function beat(one: Open, limits: typeof LIMITS): Promise<void> {
  const now = performance.now();
  if (one.stream.writableEnded) return;
  if (now >= one.endsAt) return void one.stream.end();
  if (now >= one.commentAt && !one.stream.writableNeedDrain) {
    one.commentAt = now + limits.commentEveryMs;
    note(one);
  }
  if (now < one.checkAt) return;
  one.checkAt = now + limits.checkEveryMs;
  if (await one.isAllowed()) return;
  // Whoever does not read would never come to the end.
  if (one.stream.writableNeedDrain) one.stream.destroy();
  else one.stream.end();
}
