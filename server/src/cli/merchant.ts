import { parseArgs } from "node:util";
import type { Config } from "../config.ts";
import { setEndpoint } from "../flows/setup/endpoint.ts";
import { createMerchant } from "../flows/setup/merchant.ts";
import { createLog } from "../observe/log.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { partsOver, settingsOf } from "./parts.ts";

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
  webhook: { needs: ["email", "url"], run: setWebhook },
};

/** `merchant create` and `merchant webhook`. Secrets are shown once. */
export async function runMerchant(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const wanted = positionals.join(" ");
  const action = Object.hasOwn(actions, wanted) ? actions[wanted] : undefined;
  if (!action) throw new UsageError("say what to do with the merchant: tillway merchant create, or tillway merchant webhook");
  const missing = action.needs.filter((option) => !values[option]);
  if (missing.length > 0) throw new UsageError(`missing: ${missing.map((option) => `--${option}`).join(", ")}`);
  const config: Config = settingsOf("merchant");
  const parts = await partsOver(config, "api", createLog({ level: "error", destination: "stderr" }));
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
  const created = await createMerchant(parts.deps, { name: given.name!, email: given.email! });
  const set = url === undefined ? null : await setEndpoint(parts.deps, testScope(created.merchantId), { url });
  return {
    merchant_id: created.merchantId,
    key: created.key,
    secret: created.secret,
    account_id: created.accountId,
    webhook_secret: set?.endpoint.secret,
  };
}

/** Where the events of a merchant that exists are sent: a new URL gets a new secret, the same URL keeps its own. */
async function setWebhook(parts: Parts, given: Given): Promise<Shown> {
  const { settings } = parts.deps;
  const url = given.url!;
  refuseUnfit(parts, "url", url);
  const merchant = await settings.findMerchantByEmail(given.email!);
  if (!merchant) throw new UsageError(`--email: there is no merchant with the e-mail ${given.email}.`);
  const scope = testScope(merchant.id);
  const { endpoint, isNew } = await setEndpoint(parts.deps, scope, { url });
  return { merchant_id: merchant.id, url, webhook_secret: isNew ? endpoint.secret : undefined };
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
