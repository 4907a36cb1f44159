import { parseArgs } from "node:util";
import { renderCase } from "../api/routes/cases.ts";
import { caseKinds, type CaseKind } from "../core/case-kinds.ts";
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../core/constants.ts";
import { isId } from "../core/ids.ts";
import type { Case } from "../core/model.ts";
import type { OperatorCase, PaymentDetail } from "../core/ports/reads.ts";
import { representAttempt, iso } from "../core/represent.ts";
import { caseMachine, type CaseStatus } from "../core/states.ts";
import { runningDatabase } from "../embedded/adopt.ts";
import { resolveCase } from "../flows/cases/resolve.ts";
import { createLog } from "../observe/log.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { knownMasterKey } from "./home.ts";
import { openParts, settingsOf } from "./parts.ts";

const options = {
  status: { type: "string" },
  kind: { type: "string" },
  email: { type: "string" },
  limit: { type: "string" },
  after: { type: "string" },
  reason: { type: "string" },
  by: { type: "string" },
  json: { type: "boolean" },
} as const;
type Given = ReturnType<typeof parseArgs<{ args: string[]; options: typeof options }>>["values"];
type Option = keyof Given;

/** What a person reads, and the same as JSON. */
interface Shown {
  readonly text: string;
  readonly json: unknown;
}

interface Action {
  readonly takes: readonly Option[];
  readonly needs: readonly Option[];
  readonly run: (parts: Parts, given: Given, id: string) => Promise<Shown>;
}

const actions: Readonly<Record<string, Action>> = {
  list: { takes: ["status", "kind", "email", "limit", "after"], needs: [], run: list },
  show: { takes: [], needs: [], run: show },
  resolve: { takes: ["reason", "by"], needs: ["reason", "by"], run: resolve },
};

/** `cases list`, `cases show` and `cases resolve`: for the operator, over all merchants. */
export async function runCases(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [name = "", id, ...more] = positionals;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action || more.length > 0) throw new UsageError("say what to do with cases: tillway cases list, show or resolve");
  if ((id === undefined) !== (action.run === list))
    throw new UsageError(id === undefined ? `say which one: tillway cases ${name} CASE` : "list takes no case: see show");
  const strange = (Object.keys(values) as Option[]).filter((option) => option !== "json" && !action.takes.includes(option));
  if (strange.length > 0) throw new UsageError(`cases ${name} does not take ${named(strange)}`);
  const missing = action.needs.filter((option) => !values[option]);
  if (missing.length > 0) throw new UsageError(`missing: ${named(missing)}`);
  const parts = await open();
  try {
    const { text, json } = await action.run(parts, values, id ?? "");
    console.log(values.json ? JSON.stringify(json) : text);
  } finally {
    await parts.close();
  }
  return 0;
}

/** The database of `DATABASE_URL`, or of the Tillway that runs in the home. */
async function open(): Promise<Parts> {
  const config = settingsOf("cases");
  const databaseUrl = config.databaseUrl ?? runningDatabase(config.homeDir);
  if (databaseUrl === null)
    throw new UsageError(`no Tillway runs in ${config.homeDir}: start it, or set DATABASE_URL and TILLWAY_MASTER_KEY`);
  const masterKey = config.masterKey ?? knownMasterKey(config.homeDir);
  if (masterKey === null) throw new UsageError("TILLWAY_MASTER_KEY is missing: use the one of the other parts");
  return openParts({ ...config, databaseUrl, masterKey }, "api", createLog({ level: "error", destination: "stderr" }));
}

async function list(parts: Parts, given: Given): Promise<Shown> {
  const limit = Number(given.limit ?? LIST_LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) throw new UsageError(`--limit takes 1 to ${LIST_LIMIT_MAX}`);
  if (given.after !== undefined && !isId("case", given.after)) throw new UsageError("--after takes the id of a case");
  const status = oneOf<CaseStatus>("status", given.status, Object.keys(caseMachine.states));
  const kind = oneOf<CaseKind>("kind", given.kind, Object.keys(caseKinds));
  const merchant = given.email === undefined ? null : await parts.deps.settings.findMerchantByEmail(given.email);
  if (given.email !== undefined && !merchant) throw new UsageError(`--email: there is no merchant with the e-mail ${given.email}`);
  const { rows, hasMore } = await parts.reads.casesOfAll({ limit, status, kind, merchantId: merchant?.id, startingAfter: given.after });
  const lines = rows.map((row) => `${row.id}  ${iso(row.openedAt)}  ${row.status}  ${row.kind}  ${row.merchantEmail}\n  ${row.summary}`);
  const more = hasMore ? `There are more: add --after ${rows.at(-1)!.id}` : null;
  return {
    text: [...(lines.length > 0 ? lines : ["No cases."]), ...(more === null ? [] : [more])].join("\n"),
    json: { data: rows.map(shownCase), has_more: hasMore },
  };
}

async function show(parts: Parts, _given: Given, id: string): Promise<Shown> {
  const row = await known(parts, id);
  const payment = row.paymentId === null ? null : await parts.reads.payment(row, row.paymentId);
  const attempts = payment?.attempts.map(representAttempt);
  return { text: detail(row, payment), json: { ...shownCase(row), payment_status: payment?.payment.status, attempts } };
}

async function resolve(parts: Parts, { reason = "", by = "" }: Given, id: string): Promise<Shown> {
  const before = await known(parts, id);
  const after = { ...before, ...(await resolveCase(parts.deps, before, id, { reason, by })) };
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
  const attempts = found?.attempts.map(
    (attempt) =>
      `  ${attempt.operation} ${attempt.n} at ${attempt.connector}: ${attempt.status}, ${attempt.amount} ${attempt.currency}, key ${attempt.gatewayKey}, reference ${attempt.gatewayReference ?? "none"}`,
  );
  const fields: readonly (readonly [string, string | null])[] = [
    ["case", row.id],
    ["status", row.resolvedAt === null ? "open" : `resolved ${iso(row.resolvedAt)} by ${ender(row)}`],
    ["kind", `${row.kind}: ${means}`],
    ["what happened", row.summary],
    ["meanwhile", `Tillway: ${meanwhile}`],
    ["what to do", todo],
    ["merchant", `${row.merchantEmail} (${row.merchantId}, ${row.mode})`],
    ["subject", row.subject],
    ["payment", found && `${found.payment.id} (${found.payment.status}, ${found.payment.amount} ${found.payment.currency})`],
    ["opened", iso(row.openedAt)],
    ["evidence", JSON.stringify(row.evidence)],
  ];
  const lines = fields.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(14)} ${value}`);
  return [...lines, ...(attempts?.length ? ["attempts", ...attempts] : [])].join("\n");
}

function ender({ resolvedBy, resolvedByName, resolution }: Case): string {
  return resolvedBy === "person" ? `${resolvedByName}: ${resolution}` : "the answer";
}

/** As the API shows it, and what only the operator knows. */
function shownCase(row: OperatorCase): Record<string, unknown> {
  const { merchantId: merchant_id, merchantEmail: merchant_email, mode } = row;
  return { ...renderCase(row), merchant_id, merchant_email, mode, what_to_do: caseKinds[row.kind].todo };
}

function oneOf<Value extends string>(option: Option, given: string | undefined, values: readonly string[]): Value | undefined {
  if (given === undefined || values.includes(given)) return given as Value | undefined;
  throw new UsageError(`--${option} takes ${values.join(", ")}`);
}

function named(wanted: readonly Option[]): string {
  return wanted.map((option) => `--${option}`).join(", ");
}
