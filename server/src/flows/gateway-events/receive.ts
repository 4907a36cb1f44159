import { newJob } from "../../core/change/rows.ts";
import { TillwayError } from "../../core/errors.ts";
import type { InboxRow } from "../../core/model.ts";
import type { RawWebhook } from "../../core/ports/connector.ts";
import { commit, contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";

export interface GatewayEventInput {
  readonly connector: string;
  readonly accountId: string;
  readonly raw: RawWebhook;
  readonly requestId: string;
}

/** Control characters and halves of surrogate pairs. */
const UNKEEPABLE = /[\p{Cc}\p{Surrogate}]/u;

/**
 * Verifies raw bytes against the account's secret and keeps them with a job, in one commit; a repeat of the gateway's event id
 * writes nothing. Throws `TillwayError` not_found (no such account at this connector), invalid_signature or invalid_characters.
 */
export async function receiveGatewayEvent(deps: Deps, input: GatewayEventInput): Promise<{ readonly duplicate: boolean }> {
  const connector = deps.connectors.get(input.connector);
  const account = connector && (await deps.settings.account(input.accountId));
  if (!connector || !account || account.connector !== input.connector) throw new TillwayError("not_found");
  const verdict = connector.verifyWebhook(input.raw, account, deps.clock.now());
  if (!verdict.ok) throw new TillwayError("invalid_signature", { reason: verdict.reason });
  const names = [verdict.gatewayEventId, verdict.gatewayKey ?? "", verdict.reference ?? ""];
  // No gateway names things so, and the store could not keep it: refused now rather than tried again without end.
  if (names.some((name) => UNKEEPABLE.test(name))) throw new TillwayError("invalid_characters");
  const context = contextOf(deps);
  const row: InboxRow = {
    merchantId: account.merchantId,
    mode: account.mode,
    id: context.id("inb"),
    connector: input.connector,
    accountId: account.id,
    gatewayEventId: verdict.gatewayEventId,
    body: new TextDecoder().decode(input.raw.body),
    status: "received",
    attemptId: null,
    receivedAt: context.now,
    handledAt: null,
  };
  const job = newJob(row, { queue: "payment-queue", kind: "gateway-event", subject: row.id, lane: account.id }, context);
  const kept = await commit(deps, { merchantId: row.merchantId, mode: row.mode, inbox: { insert: [row] }, jobs: { insert: [job] } });
  return { duplicate: kept === "duplicate" };
}
