/**
 * Seals: each names the rows that were committed since the one before it by the root of a Merkle tree, and that one by its hash. So whoever
 * knows the newest hash knows all rows before it, and nothing can be changed, removed, moved or added among them unseen.
 */
import { hash } from "node:crypto";
import type { Ms } from "../model.ts";
import type { Span } from "./merkle.ts";

/** As the exported lines are made: raised if they ever look different. */
export const AUDIT_FORM = 1;
/** Rows of one seal: as many as are read at once. */
export const SEAL_ROWS_MAX = 2_000;
export const SEAL_EVERY_MS = 5_000;
/** A go begins no seal after this: under a load that lasts, some thousand events a second, sealing is behind and catches up later. */
export const SEAL_GO_MS: Ms = 200;
/** A sealer that died is replaced after this. */
export const SEALER_LEASE_MS = 30_000;
/** In one go, so that a backlog does not keep one process busy without end. */
export const SEALS_AT_ONCE_MAX = 200;
/** What is not sealed after this is shown as a fault. */
export const SEAL_LATE_MS = 3_600_000;
/** Of each leaf a seal keeps its first bytes: they prove nothing, and show where rows differ. */
export const MARK_BYTES = 8;

/** Of one merchant, both modes and what belongs to none; of nobody (the empty id) what belongs to the installation. */
export interface Seal {
  readonly merchantId: string;
  /** 1, 2, … */
  readonly n: number;
  /** The place of its first row among all rows of this merchant, from 1. */
  readonly firstRow: number;
  readonly count: number;
  /** The earliest and the latest time that one of its rows has. */
  readonly from: Ms;
  readonly until: Ms;
  readonly root: string;
  /** The hash of the seal before it; of the first one 64 zeros. */
  readonly previous: string;
  readonly sealedAt: Ms;
  readonly hash: string;
  /** HMAC of the hash under the merchant's key, which follows from the master key. */
  readonly mac: string;
  /** Where its last row stands in the order of commits. */
  readonly lastCommitted: string;
  readonly lastId: string;
  /** `MARK_BYTES` of each leaf, base64. */
  readonly marks: string;
}

export const NO_SEAL = "0".repeat(64);

type Sealed = Pick<Seal, "merchantId" | "n" | "firstRow" | "count" | "from" | "until" | "root" | "previous" | "sealedAt">;

/** What the hash is of: a line for each figure. */
export function sealHash(seal: Sealed): string {
  const { merchantId, n, firstRow, count, from, until, root, previous, sealedAt } = seal;
  return hash("sha256", ["tillway seal", AUDIT_FORM, merchantId, n, firstRow, count, from, until, root, previous, sealedAt].join("\n"));
}

/** The line of an export. @param part which of its rows the export has, and the proof of the rest; null: all of them */
export function sealLine(seal: Seal, part: { readonly shown: readonly Span[]; readonly proof: readonly Buffer[] } | null): string {
  const { merchantId, n, firstRow, count, from, until, root, previous, sealedAt, hash: own, mac, marks } = seal;
  return JSON.stringify({
    object: "seal",
    merchant_id: merchantId,
    n,
    first_row: firstRow,
    count,
    from,
    until,
    root,
    previous,
    sealed_at: sealedAt,
    hash: own,
    mac,
    marks,
    ...(part && { shown: part.shown.map(({ from: first, to }) => [first, to]), proof: part.proof.map((each) => each.toString("hex")) }),
  });
}

export interface SealLine extends Omit<Seal, "lastCommitted" | "lastId"> {
  readonly shown: readonly Span[];
  readonly proof: readonly Buffer[];
}

/** Null: it is no seal. */
export function readSealLine(given: unknown): SealLine | null {
  const line = given as Readonly<Record<string, unknown>>;
  const texts = ["merchant_id", "root", "previous", "hash", "mac", "marks"].every((name) => typeof line[name] === "string");
  const figures = ["n", "first_row", "count", "from", "until", "sealed_at"].every((name) => Number.isSafeInteger(line[name]));
  if (!texts || !figures || (line["count"] as number) < 1) return null;
  const count = line["count"] as number;
  const spans = Array.isArray(line["shown"]) ? (line["shown"] as unknown[]) : [[0, count]];
  const proof = Array.isArray(line["proof"]) ? (line["proof"] as unknown[]) : [];
  return {
    merchantId: line["merchant_id"] as string,
    n: line["n"] as number,
    firstRow: line["first_row"] as number,
    count,
    from: line["from"] as number,
    until: line["until"] as number,
    root: line["root"] as string,
    previous: line["previous"] as string,
    sealedAt: line["sealed_at"] as number,
    hash: line["hash"] as string,
    mac: line["mac"] as string,
    marks: line["marks"] as string,
    shown: spans.map((span) => ({ from: Number((span as unknown[])[0]), to: Number((span as unknown[])[1]) })),
    proof: proof.map((each) => Buffer.from(String(each), "hex")),
  };
}
