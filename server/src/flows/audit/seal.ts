import { rootOf } from "../../core/audit/merkle.ts";
import {
  MARK_BYTES,
  NO_SEAL,
  SEAL_GO_MS,
  SEAL_ROWS_MAX,
  SEALER_LEASE_MS,
  SEALS_AT_ONCE_MAX,
  sealHash,
  type Seal,
} from "../../core/audit/seals.ts";
import type { AuditStore, Leaf } from "../../core/ports/audit.ts";
import type { Ms } from "../../core/model.ts";
import type { Clock } from "../../core/ports/world.ts";

export interface Sealing {
  readonly audit: AuditStore;
  readonly clock: Pick<Clock, "now">;
  /** HMAC of a seal's hash under its merchant's key. */
  readonly mac: (merchantId: string, hash: string) => string;
  /** Names this process. */
  readonly token: string;
}

/** Seals what was committed since the last time, if no other process does. @returns how many seals it wrote */
export async function sealNew({ audit, clock, mac, token }: Sealing, signal?: AbortSignal): Promise<number> {
  const beganAt = clock.now();
  if (!(await audit.lease(token, beganAt, beganAt + SEALER_LEASE_MS))) return 0;
  let count = 0;
  const goesOn = (): boolean => count < SEALS_AT_ONCE_MAX && !signal?.aborted && clock.now() - beganAt < SEAL_GO_MS;
  for (const { merchantId } of await audit.unsealed(SEALS_AT_ONCE_MAX))
    while (goesOn()) {
      const { last, leaves } = await audit.next(merchantId, SEAL_ROWS_MAX);
      if (leaves.length === 0) break;
      // Whoever was faster has sealed the same rows.
      if (await audit.append(sealOf(merchantId, { last, leaves, now: clock.now(), mac }))) count++;
      if (leaves.length < SEAL_ROWS_MAX) break;
    }
  return count;
}

interface Next {
  readonly last: Seal | null;
  readonly leaves: readonly Leaf[];
  readonly now: Ms;
  readonly mac: Sealing["mac"];
}

function sealOf(merchantId: string, { last, leaves, now, mac }: Next): Seal {
  const hashes = leaves.map((leaf) => leaf.hash);
  const times = leaves.map((leaf) => leaf.at);
  const sealed = {
    merchantId,
    n: (last?.n ?? 0) + 1,
    firstRow: last === null ? 1 : last.firstRow + last.count,
    count: leaves.length,
    from: Math.min(...times),
    until: Math.max(...times),
    root: rootOf(hashes).toString("hex"),
    previous: last?.hash ?? NO_SEAL,
    sealedAt: now,
  };
  const own = sealHash(sealed);
  const { committed: lastCommitted, id: lastId } = leaves.at(-1)!;
  const marks = Buffer.concat(hashes.map((each) => each.subarray(0, MARK_BYTES))).toString("base64");
  return { ...sealed, hash: own, mac: mac(merchantId, own), lastCommitted, lastId, marks };
}
