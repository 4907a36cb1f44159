/** Merkle trees as RFC 6962 hashes them, and proofs that some leaves are in one, whatever the others say. */
import { hash } from "node:crypto";

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** @param line the exact text of a row, as it is exported */
export function leafOf(line: string): Buffer {
  return hash("sha256", Buffer.concat([LEAF, Buffer.from(line)]), "buffer");
}

function nodeOf(left: Buffer, right: Buffer): Buffer {
  return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

export function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return hash("sha256", Buffer.alloc(0), "buffer");
  return walk(
    { from: 0, to: leaves.length },
    (i) => leaves[i]!,
    () => null,
  );
}

/** The leaves from one place to before another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The hashes of the largest subtrees without any of the shown leaves, from left to right. */
export function proofOf(leaves: readonly Buffer[], shown: readonly Span[]): Buffer[] {
  const hidden: Buffer[] = [];
  const visit = (span: Span): void => {
    if (isHidden(span, shown)) return void hidden.push(rootOf(leaves.slice(span.from, span.to)));
    if (span.to - span.from <= 1) return;
    for (const half of halves(span)) visit(half);
  };
  visit({ from: 0, to: leaves.length });
  return hidden;
}

/** The root that follows from the shown leaves, in their order, and the proof. Null: there are too few or too many of either. */
export function rootBy(
  count: number,
  shown: readonly Span[],
  given: { readonly leaves: readonly Buffer[]; readonly proof: readonly Buffer[] },
): Buffer | null {
  let leaf = 0;
  let hidden = 0;
  const missing = Buffer.alloc(0);
  const root = walk(
    { from: 0, to: count },
    () => given.leaves[leaf++] ?? missing,
    (span) => (isHidden(span, shown) ? (given.proof[hidden++] ?? missing) : null),
  );
  return leaf === given.leaves.length && hidden === given.proof.length ? root : null;
}

/** @param known the hash of this subtree, where it need not be computed */
function walk(span: Span, leaf: (i: number) => Buffer, known: (span: Span) => Buffer | null): Buffer {
  const found = known(span);
  if (found !== null) return found;
  if (span.to - span.from === 1) return leaf(span.from);
  const [left, right] = halves(span);
  const first = walk(left, leaf, known);
  return nodeOf(first, walk(right, leaf, known));
}

/** The left one has the largest power of two of leaves that is smaller than all of them. */
function halves({ from, to }: Span): readonly [Span, Span] {
  const middle = from + 2 ** Math.floor(Math.log2(to - from - 1));
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

function isHidden({ from, to }: Span, shown: readonly Span[]): boolean {
  return !shown.some((span) => span.from < to && from < span.to);
}
