/** What is done to dead letters: many at once, counted first and then in bounded steps; or one that is discarded. */
import type { DeadLetter, DeadLetterAction, DeadLetterActions } from "@tillway/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, path } from "../../kit/api.ts";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Field, TextArea } from "../../kit/field.tsx";
import { beginRun } from "../../kit/runs.tsx";
import { useScope } from "../../kit/scope.ts";
import { toast } from "../../kit/toast.tsx";
import { sayFilter, type LetterFilter } from "./filter.ts";

export interface ManyWish {
  readonly action: "replay" | "discard";
  /** As the list has it. */
  readonly filter: LetterFilter;
}

/** So many are done by one request, so that the count moves while a run goes on. */
const STEP = 100;
const COUNTED_MAX = 1_000;
const PACE = { usual: 20, most: 200 };

interface Counts {
  readonly changed: number;
  readonly skipped: number;
}

/**
 * Counts what matches, then works through it step by step. A step has one idempotency key until its outcome is known. A run that has begun
 * goes on without its dialog.
 */
function useMany({ action, filter }: ManyWish) {
  const scope = useScope();
  const client = useQueryClient();
  const [found, setFound] = useState<Pick<DeadLetterActions, "matched" | "skipped"> | null>(null);
  const [counts, setCounts] = useState<Counts | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const key = useRef(crypto.randomUUID());
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    const words = action === "discard" ? { reason: "Counted only" } : {};
    const body = { filter, limit: COUNTED_MAX, dry_run: true, ...words };
    const asked = call<DeadLetterActions>({ method: "POST", path: `/v1/dead-letters/${action}`, scope, body });
    asked.then((answer) => !isGone.current && setFound(answer), setError);
    return () => {
      isGone.current = true;
    };
  }, [scope, action, filter]);

  async function run(body: { readonly reason?: string; readonly per_second?: number }): Promise<void> {
    setRunning(true);
    setError(null);
    let [changed, skipped] = [counts?.changed ?? 0, counts?.skipped ?? 0];
    const [doing, done] = action === "replay" ? ["Retrying", "tried again"] : ["Discarding", "discarded"];
    const { tell, signal } = beginRun(`${doing} ${sayFilter(filter)}`, (found?.matched ?? 0) - (found?.skipped ?? 0));
    try {
      let hasMore = true;
      while (hasMore && !signal.aborted) {
        const sent = { filter, limit: STEP, ...body };
        const path = `/v1/dead-letters/${action}`;
        const step = await call<DeadLetterActions>({ method: "POST", path, scope, body: sent, idempotencyKey: key.current });
        key.current = crypto.randomUUID();
        changed += step.changed;
        skipped = step.skipped;
        setCounts({ changed, skipped });
        // More may have come since they were counted.
        tell({ done: changed, of: Math.max((found?.matched ?? 0) - skipped, changed) });
        hasMore = step.has_more;
        // Each step is spread over its own time: the next one follows it, or the pace would not be kept.
        if (hasMore && body.per_second !== undefined) await pause((step.changed * 1_000) / body.per_second, signal);
      }
      toast(`${changed} ${done}`);
      tell(hasMore ? { state: "stopped", why: "You stopped it." } : { state: "finished" });
    } catch (thrown) {
      setError(thrown);
      tell({ state: "stopped", why: thrown instanceof Error ? thrown.message : "The server did not answer." });
      if (isGone.current) toast(`Stopped after ${changed} were ${done}`, "bad");
    }
    setRunning(false);
    void client.invalidateQueries();
  }
  return { found, counts, isRunning, error, run };
}

/** Ends early when it is stopped. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

const effects = {
  replay:
    "A delivery gets its whole schedule from the start, a job is due as if it had never been tried, and a gateway's webhook is read again.",
  discard:
    "A delivery is called off, and the case of a gateway's event is resolved. Work on money goes on all the same: it is only acknowledged, and comes back if it fails otherwise, or after a week. This can't be undone.",
} as const;

export function ManyLetters({ wish, onClose }: { wish: ManyWish; onClose: () => void }) {
  const { found, counts, isRunning, error, run } = useMany(wish);
  const [why, setWhy] = useState("");
  const [pace, setPace] = useState(String(PACE.usual));
  const isReplay = wish.action === "replay";
  const isOver = counts !== null && !isRunning && error === null;
  const { matched = 0, skipped = 0 } = found ?? {};
  const touched = matched - skipped;
  const off = found === null ? "They are being counted." : matched === 0 ? "Nothing matches." : isReplay ? paceOff(pace) : wordsOff(why);
  const words = why.trim() === "" ? {} : { reason: why.trim() };
  const start = () => (isOver ? onClose() : void run(isReplay ? { ...words, per_second: Number(pace) } : words));
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      danger={!isReplay && !isOver}
      back={isRunning ? "Close" : "Back"}
      title={`${isReplay ? "Retry" : "Discard"} all ${sayFilter(wish.filter)}?`}
      effect={effects[wish.action]}
      verb={isOver ? "Close" : `${isReplay ? "Retry" : "Discard"} ${found === null ? "" : touched}`}
      busy={isRunning}
      why={isOver || isRunning ? null : off}
      error={error}
      onConfirm={start}
    >
      <p role="status">
        {counts !== null
          ? `${counts.changed} of ${touched} done${leftAlone(counts.skipped)}.`
          : found === null
            ? "Counting…"
            : `${matched}${matched >= COUNTED_MAX ? " or more" : ""} match${leftAlone(skipped)}.`}
      </p>
      {counts !== null && (
        <progress className="h-2 w-full accent-accent" aria-label="Done" max={Math.max(1, touched)} value={counts.changed} />
      )}
      {isRunning && <p className="text-muted">You may close this: it goes on, and the strip below each page shows how far it is.</p>}
      {counts === null && !isRunning && isReplay && (
        <Field label="Per second" type="number" min={1} max={PACE.most} value={pace} onChange={(event) => setPace(event.target.value)} />
      )}
      {counts === null && !isRunning && (
        <TextArea
          label={isReplay ? "What was mended (optional)" : "Why they are not needed"}
          value={why}
          maxLength={1_000}
          onChange={(event) => setWhy(event.target.value)}
        />
      )}
    </ConfirmDialog>
  );
}

function leftAlone(skipped: number): string {
  return skipped === 0 ? "" : `, ${skipped} left alone: a worker is at them, or what they are about is gone`;
}

function paceOff(pace: string): string | null {
  const value = Number(pace);
  return Number.isInteger(value) && value >= 1 && value <= PACE.most ? null : `The pace is a whole number from 1 to ${PACE.most}.`;
}

function wordsOff(text: string): string | null {
  return text.trim() === "" ? "Say first why it is not needed." : null;
}

export function OneDiscarded({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
  const [why, setWhy] = useState("");
  const act = useAct<void, DeadLetterAction>({
    call: () => ({ method: "POST", path: path`/v1/dead-letters/${letter.id}/discard`, body: { reason: why.trim() } }),
    onDone: ({ outcome }) => {
      toast(outcome === "acknowledged" ? "Acknowledged: work on money goes on" : "Discarded");
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      danger
      title={`Discard ${letter.kind} of ${letter.subject}?`}
      effect={effects.discard}
      verb="Discard"
      busy={act.isPending}
      error={act.error}
      why={wordsOff(why)}
      onConfirm={() => act.mutate()}
    >
      <TextArea label="Why it is not needed" value={why} maxLength={1_000} onChange={(event) => setWhy(event.target.value)} />
    </ConfirmDialog>
  );
}
