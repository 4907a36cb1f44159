import { representCase } from "../core/represent.ts";
import { caseKinds, type CaseKind } from "../core/case-kinds.ts";
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../core/constants.ts";
import { isId } from "../core/ids.ts";
import { formatMoney } from "../core/money.ts";
import type { OperatorCase, PaymentDetail } from "../core/ports/reads.ts";
import { representAttempt, iso } from "../core/represent.ts";
import { caseMachine, type CaseStatus } from "../core/states.ts";
import { resolveCase } from "../flows/cases/resolve.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { indented } from "./text.ts";
import { runVerb, type Given, type Shown, type Verb } from "./verbs.ts";

type Option = "status" | "kind" | "email" | "limit" | "after" | "reason" | "by";

const verbs: Readonly<Record<string, Verb<Option>>> = {
  list: { takes: ["status", "kind", "email", "limit", "after"], run: list },
  show: { takesId: "CASE", run: show },
  resolve: { takesId: "CASE", needs: ["reason", "by"], run: resolve },
};

/** `cases list`, `cases show` and `cases resolve`: for the operator, over all merchants. */
export function runCases(argv: string[]): Promise<number> {
  return runVerb("cases", "cases", verbs, argv);
}

async function list(parts: Parts, given: Given<Option>): Promise<Shown> {
  const limit = Number(given.limit ?? LIST_LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) throw new UsageError(`--limit takes 1 to ${LIST_LIMIT_MAX}`);
  if (given.after !== undefined && !isId("case", given.after)) throw new UsageError("--after takes the id of a case");
  const status = oneOf<CaseStatus>("status", given.status, Object.keys(caseMachine.states));
  const kind = oneOf<CaseKind>("kind", given.kind, Object.keys(caseKinds));
  const merchant = given.email === undefined ? null : await parts.deps.settings.findMerchantByEmail(given.email);
  if (given.email !== undefined && !merchant) throw new UsageError(`--email: there is no merchant with the e-mail ${given.email}`);
  const { rows, hasMore } = await parts.reads.casesOfAll({ limit, status, kind, merchantId: merchant?.id, startingAfter: given.after });
  const lines = rows.map(
    (row) => `${row.id}  ${iso(row.openedAt)}  ${row.status}  ${row.kind}  ${row.merchantEmail}\n  ${indented(row.summary, 2)}`,
  );
  if (hasMore) lines.push(`There are more: add --after ${rows.at(-1)!.id}`);
  return { text: lines.join("\n") || "No cases.", json: { data: rows.map(shownCase), has_more: hasMore } };
}

async function show(parts: Parts, _given: Given<Option>, id: string): Promise<Shown> {
  const row = await known(parts, id);
  const payment = row.paymentId === null ? null : await parts.reads.payment(row, row.paymentId);
  const attempts = payment?.attempts.map(representAttempt);
  return { text: detail(row, payment), json: { ...shownCase(row), payment_status: payment?.payment.status, attempts } };
}

async function resolve(parts: Parts, { reason = "", by = "" }: Given<Option>, id: string): Promise<Shown> {
  const before = await known(parts, id);
  const after = {
    ...before,
    ...(await resolveCase(parts.deps, { ...before, by: { kind: "cli", id: null, label: by, requestId: null } }, id, { reason, by })),
  };
  const text = `${id} is resolved by ${after.resolvedByName}. No money was moved; questions to the gateway go on.`;
  return { text, json: shownCase(after) };
}

async function known(parts: Parts, id: string): Promise<OperatorCase> {
  const row = await parts.reads.caseOfAny(id);
  if (!row) throw new UsageError(`there is no case ${id}: see tillway cases list`);
  return row;
}

function detail(row: OperatorCase, found: PaymentDetail | null): string {
  const { means, meanwhile, todo } = caseKinds[row.kind];
  const ender = row.resolvedBy === "person" ? `${row.resolvedByName}: ${row.resolution}` : "the answer";
  const attempts = found?.attempts.map(
    (attempt) =>
      `  ${attempt.operation} ${attempt.n} at ${attempt.connector}: ${attempt.status}, ${formatMoney(attempt.amount, attempt.currency)}, key ${attempt.gatewayKey}, reference ${indented(attempt.gatewayReference ?? "none", 4)}`,
  );
  const fields: readonly (readonly [string, string | null])[] = [
    ["case", row.id],
    ["status", row.resolvedAt === null ? "open" : `resolved ${iso(row.resolvedAt)} by ${ender}`],
    ["kind", `${row.kind}: ${means}`],
    ["what happened", row.summary],
    ["meanwhile", `Tillway: ${meanwhile}`],
    ["what to do", todo],
    ["merchant", `${row.merchantEmail} (${row.merchantId}, ${row.mode})`],
    ["subject", row.subject],
    ["payment", found && `${found.payment.id} (${found.payment.status}, ${formatMoney(found.payment.amount, found.payment.currency)})`],
    ["opened", iso(row.openedAt)],
    ["evidence", JSON.stringify(row.evidence)],
  ];
  const lines = fields.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(14)} ${indented(value!, 15)}`);
  return [...lines, ...(attempts?.length ? ["attempts", ...attempts] : [])].join("\n");
}

/** The case as the API shows it, with the members that only the operator sees. */
function shownCase(row: OperatorCase): Record<string, unknown> {
  const { merchantId: merchant_id, merchantEmail: merchant_email, mode } = row;
  return { ...representCase(row), merchant_id, merchant_email, mode };
}

function oneOf<Value extends string>(option: Option, given: string | undefined, values: readonly string[]): Value | undefined {
  if (given === undefined || values.includes(given)) return given as Value | undefined;
  throw new UsageError(`--${option} takes ${values.join(", ")}`);
}
