import { parseArgs } from "node:util";
import { processEnvironment, readConfig } from "../config.ts";
import { setEndpoint } from "../flows/setup/endpoint.ts";
import { createMerchant } from "../flows/setup/merchant.ts";
import { createLog } from "../observe/log.ts";
import { checkDatabase } from "../storage/postgres/index.ts";
import { wire } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { version } from "./version.ts";

/** `merchant create`: a merchant with a key, a sandbox account and, where wished, a webhook endpoint. Secrets are shown once. */
export async function runMerchant(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { name: { type: "string" }, email: { type: "string" }, "webhook-url": { type: "string" }, json: { type: "boolean" } },
  });
  if (positionals[0] !== "create")
    throw new UsageError("say what to do with the merchant: tillway merchant create --name NAME --email EMAIL");
  const { name, email } = values;
  const missing = [name ? null : "--name", email ? null : "--email"].filter((option) => option !== null);
  if (!name || !email) throw new UsageError(`missing: ${missing.join(", ")}`);
  const config = readConfig(processEnvironment(), "merchant");
  await checkDatabase(config.databaseUrl!);
  const log = createLog({ level: "error", destination: "stderr" });
  const parts = await wire({
    config,
    role: "api",
    databaseUrl: config.databaseUrl!,
    masterKey: config.masterKey!,
    log,
    version: version(),
    sandbox: null,
    publicUrl: "",
  });
  try {
    // Before anything is written: the secret is shown once, and the e-mail is taken afterwards.
    const url = values["webhook-url"];
    const allowed = url === undefined ? ({ ok: true } as const) : parts.deps.checkUrl(url);
    if (!allowed.ok) throw new UsageError(`--webhook-url cannot be used. ${allowed.reason}`);
    const created = await createMerchant(parts.deps, { name, email });
    const scope = { merchantId: created.merchantId, mode: "test" } as const;
    const endpoint = url === undefined ? null : await setEndpoint(parts.deps, scope, { url });
    const shown = {
      merchant_id: created.merchantId,
      key: created.key,
      secret: created.secret,
      account_id: created.accountId,
      webhook_secret: endpoint?.secret,
    };
    console.log(values.json ? JSON.stringify(shown) : plain(shown));
  } finally {
    await parts.close();
  }
  return 0;
}

function plain(shown: Readonly<Record<string, string | undefined>>): string {
  const rows = Object.entries(shown).filter(([, value]) => value !== undefined);
  return `${rows.map(([name, value]) => `${name.padEnd(15)} ${value}`).join("\n")}\nThe secret is not shown again.`;
}
