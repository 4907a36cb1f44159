/** `tillway restore`: a database that was set back to a backup. See docs/decisions/0075. */
import { iso } from "../core/represent.ts";
import { UNSWEPT_SHOWN_MAX, type Restore, type Unswept } from "../core/restore.ts";
import { beginRestore, finishRestore, restoreState, sweepNowForRestore } from "../flows/restore/restore.ts";
import type { Parts } from "../wire.ts";
import { Failure, UsageError } from "./explain.ts";
import { byUser, runVerb, type Given, type Shown, type Verb } from "./verbs.ts";

type Option = "reason" | "since" | "force";

const verbs: Readonly<Record<string, Verb<Option>>> = {
  status: { run: status },
  begin: { needs: ["reason"], takes: ["since"], run: begin },
  sweep: { run: sweep },
  finish: { takes: ["force"], run: finish },
};

export function runRestore(argv: string[]): Promise<number> {
  return runVerb("restore", "a restored database", verbs, argv);
}

async function status({ deps }: Parts): Promise<Shown> {
  const { restore, unswept } = await restoreState(deps);
  if (restore === null) return { text: "This database was never in restore mode.", json: { restore: null, unswept: [] } };
  const json = { restore: shown(restore), unswept: unswept.map(shownUnswept) };
  if (restore.finishedAt !== null) {
    const forced = restore.forcedReason === null ? "" : `, with sweeps missing: ${restore.forcedReason}`;
    return { text: `Money moves. The last restore, ${restore.id}, was finished at ${iso(restore.finishedAt)}${forced}.`, json };
  }
  const todo = unswept.length === 0 ? "Every account was swept. Look at the cases, then: tillway restore finish" : unsweptText(unswept);
  return {
    text: `No money moves since ${iso(restore.begunAt)} (${restore.id}, ${reasonOf(restore)}).\n${lostText(restore)}\n${todo}`,
    json,
  };
}

async function begin({ deps }: Parts, { reason = "", since }: Given<Option>): Promise<Shown> {
  if (since !== undefined && Number.isNaN(Date.parse(since))) throw new UsageError("--since takes a time, such as 2026-01-31T08:55:00Z");
  const wish = { reason: reason.slice(0, REASON_MAX), since: since === undefined ? null : Date.parse(since) };
  const restore = await beginRestore(deps, byUser(), wish);
  if (restore === null) throw new Failure("a restore is open already: tillway restore status");
  return { text: `No money moves from now on (${restore.id}).\n${lostText(restore)}`, json: shown(restore) };
}

async function sweep({ deps }: Parts): Promise<Shown> {
  const begun = await sweepNowForRestore(deps);
  const text = begun === 0 ? "There is nothing to sweep." : `${begun} sweeps are due now. A worker runs them: tillway restore status`;
  return { text, json: { begun } };
}

async function finish({ deps }: Parts, { force }: Given<Option>): Promise<Shown> {
  const finished = await finishRestore(deps, byUser(), force?.slice(0, REASON_MAX) ?? null);
  if (finished === "none") throw new Failure("no restore is open, so money moves already");
  if (finished !== "finished")
    throw new Failure(`${unsweptText(finished)}\nTo finish all the same: tillway restore finish --force "REASON"`);
  return { text: "Money moves again.", json: { finished: true } };
}

/** As the database takes it. */
const REASON_MAX = 1_000;

function reasonOf({ reason, detail }: Restore): string {
  return reason === "by_hand" ? `begun by hand: ${detail}` : detail;
}

function lostText({ lostFrom, begunAt }: Restore): string {
  return `What may be lost is from ${iso(lostFrom)} to ${iso(begunAt)}.`;
}

function unsweptText(unswept: readonly Unswept[]): string {
  const lines = unswept.map(({ account, failure }) => `  ${account.id} (${account.connector})${failure ? `: ${failure}` : ""}`);
  const more = unswept.length < UNSWEPT_SHOWN_MAX ? "" : "\n  and maybe more";
  return `These accounts were not swept yet, so the gateway may have charges that this database does not know:\n${lines.join("\n")}${more}`;
}

function shown({ id, reason, detail, lostFrom, begunAt, finishedAt, forcedReason }: Restore): Record<string, unknown> {
  const finished = finishedAt === null ? null : iso(finishedAt);
  return { id, reason, detail, lost_from: iso(lostFrom), begun_at: iso(begunAt), finished_at: finished, forced_reason: forcedReason };
}

function shownUnswept({ account, failure }: Unswept): Record<string, unknown> {
  return { account_id: account.id, connector: account.connector, merchant_id: account.merchantId, mode: account.mode, failure };
}
