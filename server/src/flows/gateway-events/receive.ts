import { inForce } from "../../core/accounts.ts";
import { newJob } from "../../core/change/rows.ts";
import { parkedWork } from "../../core/dead-letters.ts";
import { decideParked, isReadable } from "../../core/decide/gateway-event.ts";
import { TillwayError } from "../../core/errors.ts";
import { unreadableEventId } from "../../core/ids.ts";
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

/**
 * Verifies raw bytes against the account's secret and keeps them with a job, in one commit; a repeat of the gateway's event id
 * writes nothing. What is signed and can't be read is kept as well, with a case: a refusal would lose it when the gateway gives up.
 * Throws `TillwayError` not_found (no such account at this connector) or invalid_signature.
 */
export async function receiveGatewayEvent(deps: Deps, input: GatewayEventInput): Promise<{ readonly duplicate: boolean }> {
  const connector = deps.connectors.get(input.connector);
  const account = connector && (await deps.settings.account(input.accountId));
  if (!connector || !account || account.connector !== input.connector) throw new TillwayError("not_found");
  const verdict = connector.verifyWebhook(input.raw, inForce(account, deps.clock.now()), deps.clock.now());
  if (!verdict.ok && !verdict.isAuthentic) throw new TillwayError("invalid_signature", { reason: verdict.reason });
  const body = new TextDecoder().decode(input.raw.body);
  const context = contextOf(deps);
  const row: InboxRow = {
    merchantId: account.merchantId,
    mode: account.mode,
    id: context.id("inb"),
    connector: input.connector,
    accountId: account.id,
    gatewayEventId: isReadable(verdict) ? verdict.gatewayEventId : unreadableEventId(body),
    body,
    status: "received",
    attemptId: null,
    receivedAt: context.now,
    handledAt: null,
  };
  if (!isReadable(verdict)) return { duplicate: (await commit(deps, decideParked(row, context))) === "duplicate" };
  const job = newJob(row, { ...parkedWork, subject: row.id, lane: account.id }, context);
  const kept = await commit(deps, { merchantId: row.merchantId, mode: row.mode, inbox: { insert: [row] }, jobs: { insert: [job] } });
  return { duplicate: kept === "duplicate" };
}
