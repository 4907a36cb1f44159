import { setEndpoint } from "../flows/setup/endpoint.ts";
import { createMerchant, issueTestKey } from "../flows/setup/merchant.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { runVerb, type Given, type Shown, type Verb } from "./verbs.ts";
import { isTimeZone } from "../core/time-zone.ts";
import type { AccountTemplate } from "../core/ports/connector.ts";

type Option = "name" | "email" | "url" | "webhook-url" | "time-zone";

const verbs: Readonly<Record<string, Verb<Option>>> = {
  create: { takes: ["webhook-url", "time-zone"], needs: ["name", "email"], run: create },
  key: { needs: ["email"], run: issueKey },
  "time-zone": { needs: ["email", "time-zone"], run: setTimeZone },
  webhook: { needs: ["email", "url"], run: setWebhook },
};

/** `merchant create`, `merchant key`, `merchant webhook` and `merchant time-zone`. Secrets are shown once. */
export function runMerchant(argv: string[]): Promise<number> {
  return runVerb("merchant", "the merchant", verbs, argv);
}

/** A merchant with a key, a sandbox account and, if its URL is given, a webhook endpoint. */
async function create(parts: Parts, given: Given<Option>): Promise<Shown> {
  const [name, email, url, timeZone] = [given.name!, given.email!, given["webhook-url"], given["time-zone"]];
  // Checked before anything is written: the secret is shown once, and the e-mail is taken afterwards.
  if (url !== undefined) refuseUnfit(parts, "webhook-url", url);
  if (timeZone !== undefined && !isTimeZone(timeZone)) throw noZone();
  if (await parts.deps.settings.findMerchantByEmail(email))
    throw new UsageError(
      `--email: the merchant ${email} exists already. If its secret is lost, or an earlier create broke off, make another key: tillway merchant key --email ${email}`,
    );
  const first = parts.firstAccount;
  const { merchantId, key, secret, accountId } = await createMerchant(parts.deps, { name, email, timeZone }, first);
  const set = url === undefined ? null : await setEndpoint(parts.deps, { merchantId, mode: "test" }, { url });
  return shown({ merchant_id: merchantId, key, secret, ...accountShown(accountId, first), webhook_secret: set?.endpoint.secret });
}

/** It charges nothing as long as it is disabled, and says so here. */
function accountShown(accountId: string, { status }: AccountTemplate) {
  return { account_id: accountId, account_status: status };
}

/** Another key, and the sandbox account if it is missing: for a merchant whose secret is lost, or whose `create` was killed half way. */
async function issueKey(parts: Parts, given: Given<Option>): Promise<Shown> {
  const merchantId = await merchantOf(parts, given.email!);
  const { key, secret, accountId } = await issueTestKey(parts.deps, merchantId, parts.firstAccount);
  return shown({ merchant_id: merchantId, key, secret, account_id: accountId });
}

/** Sets where the events of a merchant are sent: a new URL gets a new secret, the same URL keeps its own. */
async function setWebhook(parts: Parts, given: Given<Option>): Promise<Shown> {
  const url = given.url!;
  refuseUnfit(parts, "url", url);
  const merchantId = await merchantOf(parts, given.email!);
  const { endpoint, isNew } = await setEndpoint(parts.deps, { merchantId, mode: "test" }, { url });
  return shown({ merchant_id: merchantId, url, webhook_secret: isNew ? endpoint.secret : undefined });
}

/** Where its days begin, for figures and exports. */
async function setTimeZone(parts: Parts, given: Given<Option>): Promise<Shown> {
  const [merchantId, timeZone] = [await merchantOf(parts, given.email!), given["time-zone"]!];
  const changed = isTimeZone(timeZone) ? await parts.deps.settings.setTimeZone(merchantId, timeZone) : null;
  if (changed === null) throw noZone();
  const json = { merchant_id: merchantId, time_zone: changed.timeZone };
  return { text: `The days of ${given.email!} begin in ${changed.timeZone}.`, json };
}

const NO_SANDBOX =
  "SANDBOX_URL is not set here, so its account at the sandbox is disabled, and payments are refused until there is another one: docs/accounts.md. For trials set SANDBOX_URL for all parts, and enable it.";

function noZone(): UsageError {
  return new UsageError("--time-zone: there is no such time zone. Use a name of the tz database, such as Asia/Kolkata or UTC.");
}

async function merchantOf(parts: Parts, email: string): Promise<string> {
  const merchant = await parts.deps.settings.findMerchantByEmail(email);
  if (!merchant) throw new UsageError(`--email: there is no merchant with the e-mail ${email}.`);
  return merchant.id;
}

function refuseUnfit(parts: Parts, option: Option, url: string): void {
  const fit = parts.deps.checkUrl(url);
  if (!fit.ok) throw new UsageError(`--${option} cannot be used. ${fit.reason}`);
}

function shown(json: Readonly<Record<string, string | undefined>>): Shown {
  const rows = Object.entries(json).filter(([, value]) => value !== undefined);
  const lines = rows.map(([name, value]) => `${name.padEnd(15)} ${value}`);
  const showsSecret = rows.some(([name]) => name.endsWith("secret"));
  const note = showsSecret ? "The secret is not shown again." : "The URL is the one that was set already; its secret stays.";
  return { text: [...lines, note, ...(json["account_status"] === undefined ? [] : [NO_SANDBOX])].join("\n"), json };
}
