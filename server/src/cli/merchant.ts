import { parseArgs } from "node:util";
import type { Config } from "../config.ts";
import { setEndpoint } from "../flows/setup/endpoint.ts";
import { createMerchant, issueTestKey } from "../flows/setup/merchant.ts";
import { createLog } from "../observe/log.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { openParts, settingsOf } from "./parts.ts";
import { sandboxAccount } from "../connectors/sandbox/index.ts";

const options = {
  name: { type: "string" },
  email: { type: "string" },
  url: { type: "string" },
  "webhook-url": { type: "string" },
  json: { type: "boolean" },
} as const;
type Given = ReturnType<typeof parseArgs<{ args: string[]; options: typeof options; allowPositionals: true }>>["values"];
type Shown = Readonly<Record<string, string | undefined>>;

/** What is done, the options it needs, and what it says of the secret that it shows. */
const actions: Readonly<Record<string, { needs: readonly (keyof Given)[]; run: (parts: Parts, given: Given) => Promise<Shown> }>> = {
  create: { needs: ["name", "email"], run: create },
  key: { needs: ["email"], run: issueKey },
  webhook: { needs: ["email", "url"], run: setWebhook },
};

/** `merchant create`, `merchant key` and `merchant webhook`. Secrets are shown once. */
export async function runMerchant(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const wanted = positionals.join(" ");
  const action = Object.hasOwn(actions, wanted) ? actions[wanted] : undefined;
  if (!action) throw new UsageError("say what to do with the merchant: tillway merchant create, key or webhook");
  const missing = action.needs.filter((option) => !values[option]);
  if (missing.length > 0) throw new UsageError(`missing: ${missing.map((option) => `--${option}`).join(", ")}`);
  const config: Config = settingsOf("merchant");
  const parts = await openParts(config, "api", createLog({ level: "error", destination: "stderr" }));
  try {
    const shown = await action.run(parts, values);
    console.log(values.json ? JSON.stringify(shown) : plain(shown));
  } finally {
    await parts.close();
  }
  return 0;
}

/** A merchant with a key, a sandbox account and, where wished, a webhook endpoint. */
async function create(parts: Parts, given: Given): Promise<Shown> {
  const url = given["webhook-url"];
  // Before anything is written: the secret is shown once, and the e-mail is taken afterwards.
  if (url !== undefined) refuseUnfit(parts, "webhook-url", url);
  if (await parts.deps.settings.findMerchantByEmail(given.email!))
    throw new UsageError(
      `--email: the merchant ${given.email} exists already. Where its secret is lost, or an earlier create broke off, make another key: tillway merchant key --email ${given.email}`,
    );
  const created = await createMerchant(parts.deps, { name: given.name!, email: given.email! }, sandboxAccount);
  const set = url === undefined ? null : await setEndpoint(parts.deps, testScope(created.merchantId), { url });
  return {
    merchant_id: created.merchantId,
    key: created.key,
    secret: created.secret,
    account_id: created.accountId,
    webhook_secret: set?.endpoint.secret,
  };
}

/** Another key, and the sandbox account where it is missing: the way on for who lost the secret, or whose `create` was killed half way. */
async function issueKey(parts: Parts, given: Given): Promise<Shown> {
  const { id } = await merchantOf(parts, given.email!);
  const { key, secret, accountId } = await issueTestKey(parts.deps, id, sandboxAccount);
  return { merchant_id: id, key, secret, account_id: accountId };
}

/** Where the events of a merchant that exists are sent: a new URL gets a new secret, the same URL keeps its own. */
async function setWebhook(parts: Parts, given: Given): Promise<Shown> {
  const url = given.url!;
  refuseUnfit(parts, "url", url);
  const merchant = await merchantOf(parts, given.email!);
  const scope = testScope(merchant.id);
  const { endpoint, isNew } = await setEndpoint(parts.deps, scope, { url });
  return { merchant_id: merchant.id, url, webhook_secret: isNew ? endpoint.secret : undefined };
}

async function merchantOf(parts: Parts, email: string): Promise<{ readonly id: string }> {
  const merchant = await parts.deps.settings.findMerchantByEmail(email);
  if (!merchant) throw new UsageError(`--email: there is no merchant with the e-mail ${email}.`);
  return merchant;
}

function refuseUnfit(parts: Parts, option: string, url: string): void {
  const fit = parts.deps.checkUrl(url);
  if (!fit.ok) throw new UsageError(`--${option} cannot be used. ${fit.reason}`);
}

function testScope(merchantId: string) {
  return { merchantId, mode: "test" } as const;
}

function plain(shown: Shown): string {
  const rows = Object.entries(shown).filter(([, value]) => value !== undefined);
  const lines = rows.map(([name, value]) => `${name.padEnd(15)} ${value}`);
  const showsSecret = rows.some(([name]) => name.endsWith("secret"));
  return [...lines, showsSecret ? "The secret is not shown again." : "The URL is the one that was set already; its secret stays."].join(
    "\n",
  );
}
