import { mkdirSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processEnvironment, publicUrlOf, readConfig, type Config } from "../config.ts";
import { createHttp } from "../connectors/http.ts";
import type { Log } from "../core/ports/log.ts";
import { createMerchant, issueTestKey } from "../flows/setup/merchant.ts";
import { startEmbeddedPostgres } from "../embedded/launcher.ts";
import { acquireLock } from "../embedded/lock.ts";
import { startFarSide, type FarSide } from "../gateways/host.ts";
import { inProcessTransport } from "../gateways/transport.ts";
import { createLog } from "../observe/log.ts";
import { migrate } from "../storage/postgres/index.ts";
import { databaseClock } from "../system/clock.ts";
import { wire, type Parts } from "../wire.ts";
import { banner } from "./banner.ts";
import { masterKeyOf, readTestKeys, testKeysFile, writeTestKeys, type TestKeys } from "./home.ts";
import { beat, serveApi, work } from "./parts.ts";
import { crashOnSurprise, running, type Running } from "./running.ts";
import { SANDBOX_PREFIX, showSandboxPages } from "./sandbox-pages.ts";
import { sandboxNotes, sandboxSettings } from "./sandbox-settings.ts";
import { version } from "./version.ts";

const TEST_MERCHANT = { name: "Test merchant", email: "test@merchant.example" };

/** The embedded profile: PostgreSQL (unless `DATABASE_URL` is set), sandbox, API and worker in one process, until a signal. */
export async function runAll(argv: string[]): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const startedAt = performance.now();
  const config = await withPort(readConfig(processEnvironment(), "all"));
  // Lines for people go to stdout; the log goes to stderr, and stays quiet unless something is wrong or it is asked for.
  const log = createLog({ level: config.logLevel, destination: "stderr", fields: { role: "all" } });
  crashOnSurprise(log);
  const life = running(log);
  try {
    await start(config, log, { life, startedAt });
  } catch (error) {
    await life.stop();
    throw error;
  }
  await life.untilStopped();
  console.log("Tillway has stopped. Your data stays.");
  return 0;
}

async function start(config: Config, log: Log, given: { life: Running; startedAt: number }): Promise<void> {
  const { life } = given;
  mkdirSync(config.homeDir, { recursive: true });
  const databaseUrl = config.databaseUrl ?? (await ownDatabase(config, life));
  if (config.databaseUrl !== null) holdHome(config, life);
  for (const warning of config.warnings) console.log(`Note: ${warning}`);
  await migrate(databaseUrl);
  const publicUrl = publicUrlOf(config, config.apiPort);
  const farSide = await ownSandbox(config, publicUrl, life);
  const masterKey = config.masterKey ?? masterKeyOf(config.homeDir);
  const parts = await wire({
    config,
    role: "all",
    databaseUrl,
    masterKey,
    log,
    version: version(),
    sandbox: farSide && inProcessTransport(farSide),
    publicUrl,
  });
  life.onStop(() => parts.close());
  await parts.beat();
  const keys = await testMerchant(parts, config);
  // Listening comes first: a port that is taken ends the start before anything works.
  const port = await serveApi(parts, config, { life, prepare: (app) => farSide && showSandboxPages(app, farSide) });
  beat(parts, { sweeps: true }, life);
  work(parts, life);
  console.log(
    banner({
      url: publicUrlOf({ ...config, publicUrl: null }, port),
      keys,
      keysFile: testKeysFile(config.homeDir),
      homeDir: config.homeDir,
      ownDatabase: config.databaseUrl === null,
      tookMs: performance.now() - given.startedAt,
    }),
  );
}

/** The sandbox must know our address before we listen: "any port" is decided here. */
async function withPort(config: Config): Promise<Config> {
  if (config.apiPort !== 0) return config;
  const probe = createServer().listen(0, config.host);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return { ...config, apiPort: port };
}

async function ownDatabase(config: Config, life: Running): Promise<string> {
  console.log("Starting PostgreSQL …");
  const postgres = await startEmbeddedPostgres({ homeDir: config.homeDir, log: (line) => console.log(line) });
  life.onStop(() => postgres.stop());
  return postgres.databaseUrl;
}

/** The embedded database locks the home by itself; without it two processes could still share the sandbox's books. */
function holdHome(config: Config, life: Running): void {
  const lock = acquireLock(join(config.homeDir, "lock"), config.homeDir);
  life.onStop(async () => lock.release());
}

/** The far side with its own books in a file; never in our database. */
async function ownSandbox(config: Config, publicUrl: string, life: Running): Promise<FarSide | null> {
  if (config.sandbox.url !== null) return null;
  const dir = join(config.homeDir, "sandbox");
  mkdirSync(dir, { recursive: true });
  const journalPath = join(dir, "journal.jsonl");
  // `tillway gateway sandbox` in the same home would write the same books.
  const lock = acquireLock(`${journalPath}.lock`, dir);
  life.onStop(async () => lock.release());
  const http = createHttp();
  life.onStop(() => http.close());
  const settings = sandboxSettings(config, `${publicUrl}${SANDBOX_PREFIX}`);
  for (const note of sandboxNotes(settings)) console.log(note);
  const farSide = await startFarSide({
    settings,
    clock: databaseClock(),
    http,
    journalPath,
  });
  life.onStop(() => farSide.close());
  return farSide;
}

/** The same keys at each start; new ones where their file or the database was exchanged. */
async function testMerchant(parts: Parts, config: Config): Promise<TestKeys> {
  const { settings, clock } = parts.deps;
  const known = readTestKeys(config.homeDir);
  if (known && (await settings.authenticate(known.key, known.secret, clock.now()))) return known;
  const merchant = await settings.findMerchantByEmail(TEST_MERCHANT.email);
  const keys = merchant ? await moreKeys(parts, merchant.id) : await newMerchant(parts);
  writeTestKeys(config.homeDir, keys);
  return keys;
}

async function newMerchant(parts: Parts): Promise<TestKeys> {
  const created = await createMerchant(parts.deps, TEST_MERCHANT);
  return { merchant_id: created.merchantId, key: created.key, secret: created.secret };
}

async function moreKeys(parts: Parts, merchantId: string): Promise<TestKeys> {
  const issued = await issueTestKey(parts.deps, merchantId);
  return { merchant_id: merchantId, key: issued.key, secret: issued.secret };
}
