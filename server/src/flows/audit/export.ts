import { leafOf, proofOf, type Span } from "../../core/audit/merkle.ts";
import { AUDIT_FORM, SEAL_ROWS_MAX, sealLine, type Seal } from "../../core/audit/seals.ts";
import type { Ms } from "../../core/model.ts";
import type { AuditRow, AuditStore, TimeSpan } from "../../core/ports/audit.ts";

/** Seals that are read at once. */
const SEALS_READ = 20;

/**
 * The lines of an export, each with its line feed: the rows of a seal and then the seal, and at last what is not sealed yet. One seal's
 * rows are in memory at a time. Of a part, the rows outside of it are hashes in a proof. The last line says whether newer rows may belong to it
 * that are not in it.
 */
export async function* auditLines(audit: AuditStore, merchantId: string, span: TimeSpan): AsyncGenerator<string> {
  const { from, until } = span;
  yield lineOf({ object: "audit_export", form: AUDIT_FORM, merchant_id: merchantId, from, until });
  const counts = { rows: 0, seals: 0 };
  let last: Seal | null = null;
  for (;;) {
    const seals: readonly Seal[] = await audit.seals(merchantId, { ...span, after: last?.n ?? 0 }, SEALS_READ);
    for (const seal of seals) {
      const rows = await audit.rowsOf(seal);
      const shown = rows.filter((row) => isIn(row.at, span));
      counts.rows += shown.length;
      counts.seals++;
      yield shown.map((row) => `${row.line}\n`).join("") + `${sealLine(seal, partOf(rows, shown, span))}\n`;
      last = seal;
    }
    if (seals.length < SEALS_READ) break;
  }
  const after = await audit.rowsAfter(await audit.head(merchantId), merchantId, SEAL_ROWS_MAX + 1);
  const unsealed = after.slice(0, SEAL_ROWS_MAX).filter((row) => isIn(row.at, span));
  // Of a part that has an end, only what is sealed is shown; of the rest, no more than the next seal would name.
  const shown = until === null ? unsealed : [];
  counts.rows += shown.length;
  yield shown.map((row) => `${row.line}\n`).join("");
  yield lineOf({ object: "audit_export_end", ...counts, left_out: after.length > SEAL_ROWS_MAX || shown.length < unsealed.length });
}

/** Null: the whole chain is exported, so each seal comes with all of its rows. */
function partOf(rows: readonly AuditRow[], shown: readonly AuditRow[], { from, until }: TimeSpan) {
  if ((from === null && until === null) || shown.length === rows.length) return null;
  const spans: Span[] = [];
  const isShown = new Set(shown);
  rows.forEach((row, i) => {
    if (!isShown.has(row)) return;
    const before = spans.at(-1);
    if (before?.to === i) spans[spans.length - 1] = { from: before.from, to: i + 1 };
    else spans.push({ from: i, to: i + 1 });
  });
  const leaves = rows.map((row) => leafOf(row.line));
  return { shown: spans, proof: proofOf(leaves, spans) };
}

function isIn(at: Ms, { from, until }: TimeSpan): boolean {
  return (from === null || at >= from) && (until === null || at < until);
}

function lineOf(given: object): string {
  return `${JSON.stringify(given)}\n`;
}
