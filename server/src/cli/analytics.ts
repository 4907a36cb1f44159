/** `tillway analytics rebuild`: the figures anew, over the database. */
import type { Scope } from "../core/model.ts";
import { iso } from "../core/represent.ts";
import { rebuildAnalytics } from "../flows/upkeep/rebuild-analytics.ts";
import type { Parts } from "../wire.ts";
import { parseTime } from "../api/times.ts";
import { Failure, UsageError } from "./explain.ts";
import { runVerb, type Given, type Shown, type Verb } from "./verbs.ts";

type Option = "merchant" | "from";

const verbs: Readonly<Record<string, Verb<Option>>> = { rebuild: { takes: ["merchant", "from"], run: rebuild } };

const SAYS_EVERY_MS = 1_000;

export function runRebuild(argv: readonly string[]): Promise<number> {
  return runVerb("analytics", "the figures", verbs, ["rebuild", ...argv]);
}

async function rebuild(parts: Parts, { merchant: email, from: given }: Given<Option>): Promise<Shown> {
  const from = given === undefined ? 0 : parseTime(given);
  if (from === null) throw new UsageError("--from takes a time such as 2026-01-31T12:00:00Z");
  const { analytics, settings } = parts.deps;
  if (!analytics) throw new Failure("this storage keeps no figures");
  const merchant = email === undefined ? null : await settings.findMerchantByEmail(email);
  if (email !== undefined && !merchant) throw new UsageError(`--merchant: there is no merchant with the e-mail ${email}`);
  const scopes = await analytics.scopes(merchant?.id ?? null);
  let total = 0;
  for (const scope of scopes) total += await one(parts, scope, from);
  const text = `Counted anew: ${total.toLocaleString("en-US")} events of ${scopes.length} sets of figures (a merchant's test and live mode are two).`;
  return { text, json: { events: total, scopes: scopes.map(({ merchantId, mode }) => ({ merchant_id: merchantId, mode })) } };
}

/** Says where to go on, so that one that is broken off need not begin anew. */
async function one(parts: Parts, scope: Scope, from: number): Promise<number> {
  let count = 0;
  let saidAt = performance.now();
  for await (const { upTo, events } of rebuildAnalytics(parts.deps, scope, from)) {
    count = events;
    if (upTo === null || performance.now() - saidAt < SAYS_EVERY_MS) continue;
    saidAt = performance.now();
    console.error(`… ${scope.merchantId} ${scope.mode}: ${events.toLocaleString("en-US")} events, to go on here: --from ${iso(upTo)}`);
  }
  return count;
}
