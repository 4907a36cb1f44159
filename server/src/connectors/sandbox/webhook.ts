/** Webhooks of the sandbox: verifies the signature and reads the event. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { SIGNATURE_TOLERANCE_MS } from "../../core/constants.ts";
import type { ConnectorAccount, Operation } from "../../core/model.ts";
import type { RawWebhook, WebhookVerdict } from "../../core/ports/connector.ts";
import { isObject, parse } from "../exchange.ts";
import { readShown } from "./map.ts";

const HEADER = "sandbox-signature";
const operations: ReadonlySet<string> = new Set<Operation>(["charge", "capture", "void", "refund"]);

/** Checks `t=<unix s>,v1=<hex>` over `t.body` in constant time; older or newer than the tolerance is refused. */
export function verify(raw: RawWebhook, account: ConnectorAccount, nowMs: number): WebhookVerdict {
  const signed = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(raw.headers[HEADER] ?? "");
  if (signed === null) return { ok: false, reason: "signature missing or malformed" };
  const [, seconds = "", given = ""] = signed;
  const secret = account.credentials["webhook_secret"] ?? "";
  if (secret === "") return { ok: false, reason: "the account has no webhook secret" };
  const wanted = createHmac("sha256", secret).update(`${seconds}.`).update(raw.body).digest();
  if (!timingSafeEqual(wanted, Buffer.from(given, "hex"))) return { ok: false, reason: "signature wrong" };
  if (Math.abs(nowMs - Number(seconds) * 1_000) > SIGNATURE_TOLERANCE_MS) return { ok: false, reason: "signature too old or too new" };
  const body = Buffer.from(raw.body).toString("utf8");
  const verdict = read(body);
  if (!verdict.ok) return verdict;
  return parse(body)?.["account"] === account.id ? verdict : { ok: false, reason: "the event is another account's" };
}

/** Reads a body whose signature was checked before. */
export function read(body: string): WebhookVerdict {
  const event = parse(body);
  const id = event?.["id"];
  if (event === null || typeof id !== "string" || id === "") return { ok: false, reason: "not an event" };
  const data = isObject(event["data"]) ? event["data"] : null;
  const key = data?.["key"];
  const operation = data?.["object"];
  if (data === null || typeof key !== "string" || typeof operation !== "string" || !operations.has(operation)) {
    return { ok: true, gatewayEventId: id, gatewayKey: null, reference: null, operation: null, outcome: null };
  }
  const reference = typeof data["reference"] === "string" ? data["reference"] : null;
  return { ok: true, gatewayEventId: id, gatewayKey: key, reference, operation: operation as Operation, outcome: readShown(data) };
}
