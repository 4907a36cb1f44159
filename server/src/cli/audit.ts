/** `tillway audit`: the record of admin actions, an export of the audit log, and its check without any database. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { AdminAction } from "../core/admin-actions.ts";
import { auditVerifier, LEFT_OUT, type Verified } from "../core/audit/verify.ts";
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../core/constants.ts";
import { isId } from "../core/ids.ts";
import type { Mode, Ms } from "../core/model.ts";
import { iso } from "../core/represent.ts";
import { auditLines } from "../flows/audit/export.ts";
import { auditKey, auditMac } from "../storage/seal.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { plain, plainJson } from "./text.ts";
import { masterKeyHere, runVerb, type Given, type Shown, type Verb } from "./verbs.ts";

type Option = "email" | "mode" | "actor" | "action" | "subject" | "limit" | "after" | "from" | "until" | "out";

const verbs: Readonly<Record<string, Verb<Option>>> = {
  actions: { needs: ["email"], takes: ["mode", "actor", "action", "subject", "limit", "after"], run: actions },
  head: { needs: ["email"], run: head },
  export: { needs: ["email", "out"], takes: ["from", "until"], run: exportTo },
  key: { needs: ["email"], run: showKey },
};

/** `audit verify` needs no database; all else looks into it. */
export function runAudit(argv: string[]): Promise<number> {
  return argv[0] === "verify" ? verify(argv.slice(1)) : runVerb("audit", "the audit log", { ...verbs, verify: { run: never } }, argv);
}

const never = (): Promise<Shown> => Promise.reject(new Error("verify has a way of its own"));

async function actions(parts: Parts, given: Given<Option>): Promise<Shown> {
  const merchantId = await merchantOf(parts, given.email!);
  const limit = Number(given.limit ?? LIST_LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) throw new UsageError(`--limit takes 1 to ${LIST_LIMIT_MAX}`);
  if (given.after !== undefined && !isId("act", given.after)) throw new UsageError("--after takes the id of an admin action");
  const { mode = "test", actor, action, subject, after: startingAfter } = given;
  if (mode !== "test" && mode !== "live") throw new UsageError("--mode takes test or live");
  const page = await parts.reads.adminActions({ merchantId, mode: mode satisfies Mode }, { limit, actor, action, subject, startingAfter });
  if (page === "unknown_cursor") throw new UsageError("--after names no admin action of this merchant");
  const lines = page.rows.map(lineOf);
  if (page.hasMore) lines.push(`There are more: add --after ${page.rows.at(-1)!.id}`);
  return { text: lines.join("\n") || "No admin actions.", json: { data: page.rows, has_more: page.hasMore } };
}

function lineOf({ id, at, actorKind, actorLabel, actorId, action, subject, before, after }: AdminAction): string {
  const who = [actorKind, actorLabel ?? actorId].filter(Boolean).join(" ");
  return `${id}  ${iso(at)}  ${who}  ${action}  ${subject}\n  ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
}

async function head(parts: Parts, { email }: Given<Option>): Promise<Shown> {
  const seal = await parts.audit.head(await merchantOf(parts, email!));
  if (!seal) return { text: "Nothing was sealed yet.", json: { seal: null, hash: null } };
  const rows = seal.firstRow + seal.count - 1;
  const text = `Seal ${seal.n} of ${iso(seal.sealedAt)} names ${rows} rows. Note its hash outside:\n${seal.hash}`;
  return { text, json: { seal: seal.n, hash: seal.hash, rows, sealed_at: iso(seal.sealedAt) } };
}

async function exportTo(parts: Parts, { email, out, from, until }: Given<Option>): Promise<Shown> {
  const merchantId = await merchantOf(parts, email!);
  const span = { from: timeOf("from", from), until: timeOf("until", until) };
  // A file that is there already may be the only one of its kind.
  const file = await open(out!, "wx").catch((error: unknown) => {
    throw new UsageError(`--out: ${(error as Error).message}`);
  });
  let bytes = 0;
  let last = "";
  try {
    for await (const lines of auditLines(parts.audit, merchantId, span)) {
      bytes += (await file.write(lines)).bytesWritten;
      last = lines;
    }
  } finally {
    await file.close();
  }
  const { left_out: leftOut } = JSON.parse(last) as { left_out: boolean };
  const text = `${out!} has ${bytes} bytes. Check it: tillway audit verify ${out!}${leftOut ? `\n${LEFT_OUT}` : ""}`;
  return { text, json: { file: out, bytes, left_out: leftOut } };
}

/** What an auditor is given who has no master key. */
async function showKey(parts: Parts, { email }: Given<Option>): Promise<Shown> {
  const key = auditKey(parts.rootKey, await merchantOf(parts, email!)).toString("hex");
  return {
    text: `${key}\nIt proves who made this merchant's seals: tillway audit verify FILE --key KEY. Whoever has it could make seals.`,
    json: { key },
  };
}

async function merchantOf(parts: Parts, email: string): Promise<string> {
  const merchant = await parts.deps.settings.findMerchantByEmail(email);
  if (!merchant) throw new UsageError(`--email: there is no merchant with the e-mail ${email}`);
  return merchant.id;
}

function timeOf(option: string, text: string | undefined): Ms | null {
  if (text === undefined) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new UsageError(`--${option} takes a time such as 2026-01-31T12:00:00Z`);
  return at;
}

/** Exit code 1 if the file is broken. */
async function verify(argv: string[]): Promise<number> {
  const options = { head: { type: "string" }, key: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError("say which file: tillway audit verify FILE");
  if (values.head !== undefined && !/^[0-9a-f]{64}$/.test(values.head))
    throw new UsageError("--head takes the 64 characters of `tillway audit head`");
  if (values.key !== undefined && !/^[0-9a-f]{64}$/.test(values.key))
    throw new UsageError("--key takes the 64 characters of `tillway audit key`");
  const result = await verifyFile(file, { head: values.head ?? null, key: values.key ?? null });
  console.log(values.json ? plainJson(JSON.stringify(result)) : plain(textOf(result)));
  return result.broken === null ? 0 : 1;
}

/** Lines at which a terminal is told how far it is. */
const PROGRESS_LINES = 100_000;

async function verifyFile(
  file: string,
  { head: noted, key }: { readonly head: string | null; readonly key: string | null },
): Promise<Verified> {
  const { size } = await stat(file).catch((error: unknown) => {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  });
  const input = createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let verifier: ReturnType<typeof auditVerifier> | null = null;
  let count = 0;
  for await (const line of lines) {
    verifier ??= auditVerifier({ head: noted, mac: macOf(key, line) });
    if (!verifier.line(line)) break;
    if (++count % PROGRESS_LINES === 0 && process.stderr.isTTY)
      process.stderr.write(`\r${count} lines, ${Math.floor((input.bytesRead * 100) / size)} %`);
  }
  input.destroy();
  if (count >= PROGRESS_LINES && process.stderr.isTTY) process.stderr.write("\n");
  return (verifier ?? auditVerifier({ head: noted, mac: null })).result();
}

/** The key of the merchant that the header names: given, or made of the master key where this machine has the first one. */
function macOf(key: string | null, header: string): ((hash: string) => string) | null {
  if (key !== null) return (hash) => auditMac(Buffer.from(key, "hex"), hash);
  const masterKey = masterKeyHere();
  const merchantId = /"merchant_id":"(\w*)"/.exec(header)?.[1];
  if (masterKey === null || merchantId === undefined) return null;
  const own = auditKey(masterKey, merchantId);
  return (hash) => auditMac(own, hash);
}

function textOf({ broken, rows, seals, head: newest, notes }: Verified): string {
  const result =
    broken === null
      ? `Whole: ${rows} rows, ${seals} seals. The newest seal has the hash\n${newest ?? "none"}`
      : `BROKEN at line ${broken.line}: ${broken.what}\n${seals} seals before it are whole.`;
  return [result, ...notes].join("\n");
}
