import { createHash } from "node:crypto";
import type { Operation, Payment } from "./model.ts";

type Identity = Pick<Payment, "mode" | "merchantId" | "identityKind" | "audience" | "identity">;

/** Raised only if the derivation ever changes: old payments keep their keys. */
const VERSION = 1;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * The key under which a gateway knows one attempt: 32 characters of lower-case base32 of SHA-256 over
 * `[version, mode, merchant, kind, audience, identity, operation, n]`. It follows from the client's identity, never from random
 * ids of ours, so a restored database asks the gateway under the same key. 32 characters fit every provider (10 to 40).
 */
export function gatewayKey(payment: Identity, operation: Operation, n: number): string {
  const parts = [VERSION, payment.mode, payment.merchantId, payment.identityKind, payment.audience, payment.identity, operation, n];
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  let key = "";
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && key.length < 32) {
      key += BASE32[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return key;
}
