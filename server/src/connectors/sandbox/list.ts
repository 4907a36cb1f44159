/** What the sandbox has of an account, page by page, for the settlement sweep. */
import type { ConnectorAccount } from "../../core/model.ts";
import type { ListQuery, ListReply, Listed } from "../../core/ports/connector.ts";
import { exchange, isObject, parse, type ClientDeps } from "../exchange.ts";
import { readEvent } from "./map.ts";

/** An account that the sandbox does not know has nothing there. */
export async function listOperations(deps: ClientDeps, account: ConnectorAccount, { from, before, cursor }: ListQuery): Promise<ListReply> {
  const query = new URLSearchParams({ from: String(from), before: String(before), ...(cursor !== null && { after: cursor }) });
  const headers = { authorization: `Bearer ${account.credentials["api_key"] ?? ""}`, "sandbox-account": account.id };
  const asked = { kind: "question", method: "GET", headers, body: null, evidence: null } as const;
  const { result } = await exchange(deps, { ...asked, path: `/operations?${query.toString()}` });
  if (result.kind !== "answer") return { ok: false, reason: result.reason };
  const body = parse(result.body);
  if (result.status === 401 && isObject(body?.["error"]) && body["error"]["code"] === "unknown_account")
    return { ok: true, entries: [], cursor: null };
  if (result.status !== 200 || !Array.isArray(body?.["data"])) return { ok: false, reason: `status ${result.status}` };
  const entries = body["data"].flatMap(entryOf);
  const last = entries.at(-1);
  return { ok: true, entries, cursor: body["has_more"] === true && last !== undefined ? last.reference : null };
}

/** Read as a webhook's content is: it is the same shape. */
function entryOf(shown: unknown): Listed | [] {
  const createdAt = isObject(shown) ? shown["received_at"] : null;
  const read = readEvent({ id: "listed", data: shown });
  if (!read.ok || read.outcome === null || read.operation === null || read.reference === null || typeof createdAt !== "number") return [];
  return { operation: read.operation, gatewayKey: read.gatewayKey, reference: read.reference, outcome: read.outcome, createdAt };
}
