import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkoutUrlOf, dashboardUrlOf, publicUrlOf, SANDBOX_PREFIX, type Config } from "../config.ts";
import { makeDirectory } from "../embedded/home.ts";
import { startEmbeddedPostgres } from "../embedded/launcher.ts";
import { acquireLock } from "../embedded/lock.ts";
import { createMerchant, issueTestKey } from "../flows/setup/merchant.ts";
import { inProcessTransport } from "@tillway/sandbox";
import { createLog } from "../observe/log.ts";
import { migrate } from "../storage/postgres/index.ts";
import { wire, type Parts } from "../wire.ts";
import { startWorker } from "../worker/worker.ts";
import { archiveOf } from "./archive.ts";
import { banner } from "./banner.ts";
import { masterKeyOf, operatorKeyFile, operatorKeyOf, readTestKeys, testKeysFile, writeTestKeys, type TestKeys } from "./home.ts";
import { firstSignIn } from "./first-owner.ts";
import { keepAlive, metricsOf, settingsOf, tracesOf, withPorts } from "./parts.ts";
import { LISTEN_BACKLOG } from "../core/constants.ts";
import { DRAIN_MS } from "../core/constants.ts";
import { chosenPort, serve, type Life } from "./running.ts";
import { journalIn, openSandbox, sandboxPages } from "./sandbox.ts";
import { version } from "./version.ts";
import { sandboxAccount } from "../connectors/sandbox/index.ts";

const TEST_MERCHANT = { name: "Test merchant", email: "test@merchant.example" };

const STOPS_SLOWLY = `Calls to the gateway are under way; they get up to ${DRAIN_MS / 1_000} s to end. Ctrl-C again ends this at once, and nothing is lost then either.`;

/** The embedded profile: PostgreSQL (unless `DATABASE_URL` is set), sandbox, API and worker in one process, until a signal. */
export async function runAll(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { json: { type: "boolean" } } });
  // A program that starts us reads one document from stdout: where we are, and whose keys are here.
  const say = values.json ? console.error : console.log;
  const startedAt = performance.now();
  const settings = settingsOf("all");
  const { homeDir, host } = settings;
  // Lines for people go to stdout, the log to stderr.
  const log = createLog({ level: settings.logLevel, destination: "stderr", fields: { role: "all" } });
  const start = async (life: Life): Promise<void> => {
    // The sandbox must know our address before we listen.
    const config = { ...(await withPorts(settings)), apiPort: await chosenPort(host, settings.apiPort) };
    // Loaded while PostgreSQL starts.
    const counted = metricsOf();
    counted.catch(() => undefined);
    const databaseUrl = await openDatabase(config, life, say);
    await migrate(databaseUrl);
    const bank = { ...config.sandbox.settings, publicUrl: `${publicUrlOf(config, config.apiPort)}${SANDBOX_PREFIX}` };
    // It has a journal of its own in a file, never in our database.
    const farSide = config.sandbox.url === null ? await openSandbox(bank, journalIn(homeDir), life, say) : null;
    const masterKey = config.masterKey ?? masterKeyOf(homeDir);
    const sandbox = farSide && inProcessTransport(farSide);
    const metrics = await counted;
    const parts = await wire({
      config,
      role: "all",
      databaseUrl,
      masterKey,
      log,
      version: version(),
      operatorKey: config.operatorKey ?? operatorKeyOf(homeDir),
      sandbox,
      metrics,
      traces: await tracesOf(config, "all", log),
      archive: await archiveOf(config, log),
    });
    await keepAlive(parts, life, { works: true });
    const url = publicUrlOf({ host, publicUrl: null }, config.apiPort);
    const keys = await testMerchant(parts, homeDir, { url, dashboard_url: dashboardUrlOf(config) });
    // Listening comes first: if the port is taken, the start ends before any job runs.
    const api = parts.app(...(farSide ? [sandboxPages(farSide)] : []));
    await api.listen({ host, port: config.apiPort, backlog: LISTEN_BACKLOG });
    const checkout = parts.checkoutApp();
    await checkout.listen({ host, port: config.checkoutPort, backlog: LISTEN_BACKLOG });
    const dashboard = parts.dashboardApp();
    await dashboard.listen({ host, port: config.dashboardPort, backlog: LISTEN_BACKLOG });
    const urls = { url, checkoutUrl: checkoutUrlOf(config), dashboardUrl: dashboardUrlOf(config) };
    const signInUrl = await firstSignIn(parts, keys.merchant_id);
    // By the address of this machine, wherever else gateways may reach us.
    const emailsUrl = parts.emailsPage(url, { merchantId: keys.merchant_id, mode: "test" });
    const worker = startWorker(parts.deps, parts.engine);
    // Both at once: the API takes no new requests while the worker drains.
    life.onStop(() => Promise.all([api.close(), checkout.close(), dashboard.close(), worker.stop()]));
    const now = { ...urls, signInUrl, emailsUrl, keys, tookMs: performance.now() - startedAt };
    console.log(values.json ? documentOf(homeDir, now) : banner(factsOf(config, now)));
  };
  const code = await serve(log, start, () => say(STOPS_SLOWLY));
  if (code === 0) say("Tillway has stopped. Your data stays.");
  return code;
}

type Now = Pick<Parameters<typeof banner>[0], "url" | "checkoutUrl" | "dashboardUrl" | "signInUrl" | "emailsUrl" | "keys" | "tookMs">;

function factsOf({ homeDir, databaseUrl, operatorKey }: Config, now: Now) {
  const operatorKeyPlace = operatorKey === null ? operatorKeyFile(homeDir) : "TILLWAY_OPERATOR_KEY";
  return { ...now, homeDir, operatorKeyPlace, ownDatabase: databaseUrl === null };
}

function documentOf(home: string, { url, checkoutUrl, dashboardUrl, signInUrl, emailsUrl, keys }: Now): string {
  const own = { test_keys: testKeysFile(home), merchant_id: keys.merchant_id };
  const dashboard = { dashboard_url: dashboardUrl, sign_in_url: signInUrl };
  return JSON.stringify({ url, checkout_url: checkoutUrl, ...dashboard, emails_url: emailsUrl, home, ...own });
}

/** The database of `DATABASE_URL`, or our own. */
async function openDatabase({ databaseUrl, homeDir }: Config, life: Life, say: (line: string) => void): Promise<string> {
  if (databaseUrl !== null) {
    // Our own database locks the home by itself; without it two processes could share the home's files.
    makeDirectory(homeDir);
    const lock = acquireLock(join(homeDir, "lock"), homeDir);
    life.onStop(async () => lock.release());
    return databaseUrl;
  }
  const postgres = await startEmbeddedPostgres({ homeDir, log: say });
  life.onStop(() => postgres.stop());
  life.onKill(() => postgres.kill());
  postgres.onLost((error) => life.fail(error));
  return postgres.databaseUrl;
}

/** The same keys at each start, beside the addresses of this one; new keys if their file or the database was replaced. */
async function testMerchant(parts: Parts, homeDir: string, now: Required<Pick<TestKeys, "url" | "dashboard_url">>): Promise<TestKeys> {
  const known = readTestKeys(homeDir);
  const keys =
    known && (await parts.deps.settings.authenticate(known.key, known.secret, parts.deps.clock.now())) ? known : await newKeys(parts);
  const isNew = keys !== known || known.url !== now.url || known.dashboard_url !== now.dashboard_url;
  if (isNew) writeTestKeys(homeDir, { ...keys, ...now });
  return keys;
}

async function newKeys(parts: Parts): Promise<TestKeys> {
  const { settings } = parts.deps;
  const merchant = await settings.findMerchantByEmail(TEST_MERCHANT.email);
  const { merchantId, key, secret } = merchant
    ? { merchantId: merchant.id, ...(await issueTestKey(parts.deps, merchant.id, sandboxAccount)) }
    : await createMerchant(parts.deps, TEST_MERCHANT, sandboxAccount);
  return { merchant_id: merchantId, key, secret };
}
