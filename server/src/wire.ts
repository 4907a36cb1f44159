/** Configuration to the parts of one process. Concrete adapters are named here and in the commands (`cli/`) only. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keyAuthenticator } from "./api/caller.ts";
import { clientSecrets } from "./api/client-secrets.ts";
import { mailboxKeys } from "./api/mailbox.ts";
import { emailsPageUrl } from "./api/routes/emails-page.ts";
import { mount as mountApi, mountWorker } from "./api/mount.ts";
import { noRoute } from "./api/no-route.ts";
import type { MetricsDeps } from "./api/routes/metrics.ts";
import type { ApiDeps } from "./api/deps.ts";
import { versions } from "./api/versions/index.ts";
import { createCheckoutApp } from "./checkout/app.ts";
import { openDashboard, whoSignsIn, type WhoSignsIn } from "./dashboard/open.ts";
import { checkoutUrlOf, ConfigError, dashboardUrlOf, publicUrlOf, type Config } from "./config.ts";
import { refuseMissing } from "./config/in-use.ts";
import type { Gateway } from "./connectors/exchange.ts";
import { openGateways } from "./connectors/index.ts";
import { firstAccountOf, sandboxAccount } from "./connectors/sandbox/index.ts";
import { sandboxTestInputs } from "./connectors/sandbox/test-inputs.ts";
import type { Ms, Scope } from "./core/model.ts";
import type { AccountTemplate } from "./core/ports/connector.ts";
import type { HttpPort } from "./core/ports/http.ts";
import type { Log } from "./core/ports/world.ts";
import type { Archive } from "./core/ports/archive.ts";
import type { AuditStore } from "./core/ports/audit.ts";
import type { Engine } from "./core/ports/engine.ts";
import type { Reads } from "./core/ports/reads.ts";
import type { Heartbeat } from "./core/ports/store.ts";
import { checkWebhookUrl, networkList } from "./deliveries/webhook/guard.ts";
import { createWebhookChannel } from "./deliveries/webhook/send.ts";
import type { Sealing } from "./flows/audit/seal.ts";
import type { Deps } from "./flows/deps.ts";
import { accountsByHealth } from "./flows/health.ts";
import { createApp, type Mount } from "./http/app.ts";
import { createHttp } from "./net/http.ts";
import { logJob } from "./observe/jobs.ts";
import { createMetricsPage } from "./observe/gauges.ts";
import { createHealth } from "./observe/health.ts";
import type { Metrics } from "./observe/metrics.ts";
import { timingStore } from "./observe/store-time.ts";
import type { Traces } from "./observe/traces.ts";
import { createRequestRecorder } from "./observe/requests.ts";
import { createMemoryQueue } from "./queues/memory.ts";
import { createPostgresQueue } from "./queues/postgres/queue.ts";
import { withCachedAccounts, withCachedRoutes } from "./storage/cached-accounts.ts";
import { connectPostgres, type PostgresStorage } from "./storage/postgres/index.ts";
import { auditKey, auditMac, deriveKey } from "./storage/seal.ts";
import { marksIn } from "./system/marks.ts";
import { testMode, type TestMode } from "./system/test-mode.ts";
import { databaseClock, measureOffset, type DatabaseClock } from "./system/clock.ts";
import { beater } from "./wire/beat.ts";
import { sandboxPlace } from "./wire/sandbox.ts";
import { testTools } from "./wire/test-tools.ts";
import { tracked } from "./system/tracked.ts";
import { systemRandom } from "./system/random.ts";
import { handedOver, openEngine } from "./wire/engine.ts";
import { mailing } from "./wire/mail.ts";
import { drain } from "./worker/worker.ts";

export interface Options {
  readonly config: Config;
  readonly role: Heartbeat["role"];
  readonly databaseUrl: string;
  readonly masterKey: Uint8Array;
  readonly log: Log;
  readonly version: string;
  /** Default: that of the configuration. */
  readonly operatorKey?: string;
  /** The way to the sandbox: a far side in this process, or null for HTTP to `SANDBOX_URL`. */
  readonly sandbox: HttpPort | null;
  /** Null for commands that serve nobody. */
  readonly metrics?: Metrics | null;
  /** Null: none are sent. */
  readonly traces?: Traces | null;
  /** Where exchanges are moved to, closed with all else; null: the database keeps them. */
  readonly archive?: Archive | null;
  /** Replaces `SNAPSHOT_OLD_MS` in tests. */
  readonly snapshotOldMs?: number;
}

export interface Parts {
  readonly deps: Deps;
  /** What brings the jobs to the worker; null: it claims them. */
  readonly engine: Engine | null;
  readonly reads: Reads;
  readonly audit: AuditStore;
  /** What a seal of this merchant carries beside its hash. */
  readonly auditMac: Sealing["mac"];
  readonly rootKey: Uint8Array;
  readonly rootKeys: PostgresStorage["rootKeys"];
  /** Records that this process lives and takes over the database's time. Returns how far that set our clock back, in milliseconds. */
  readonly beat: () => Promise<number>;
  /** Makes the app of the API. @param more further mounts of that app */
  readonly app: (...more: readonly Mount[]) => ReturnType<typeof createApp>;
  /** Makes the app of the checkout, which listens on a port of its own. */
  readonly checkoutApp: () => ReturnType<typeof createApp>;
  /** Makes the app of the dashboard, alike. */
  readonly dashboardApp: () => ReturnType<typeof createApp>;
  /** Those who sign in there. */
  readonly people: WhoSignsIn;
  /** What account a new merchant gets. */
  readonly firstAccount: AccountTemplate;
  /** Where a developer sees what this merchant's shoppers were told. Null: e-mails are sent, or there are none. @param url of the API */
  readonly emailsPage: (url: string, scope: Scope) => string | null;
  /** Makes the app of a worker, which shows its health and its figures and nothing else. */
  readonly metricsApp: () => ReturnType<typeof createApp>;
  /** Closes all connections, after API and worker have stopped. */
  readonly close: () => Promise<void>;
}

/** Opens all parts of this process, and closes them again if one fails. Throws `UnfitDatabase` or `ConfigError`. */
export async function wire(options: Options): Promise<Parts> {
  const { databaseUrl, masterKey, log, archive = null } = options;
  const { replicaUrls, markDir, failoverKeepsCommits: keepsCommits } = options.config;
  const marks = marksIn((installation) => join(markDir, `database-${installation}.json`), log);
  const storage = await connectPostgres({ databaseUrl, masterKey, log, archive, replicaUrls, marks, keepsCommits });
  let engine: Engine | null = null;
  try {
    const rootKey = await storage.openRoot();
    await storage.warm();
    if (options.role === "all" || options.role === "worker") storage.keepFinds();
    const elapsed = (): number => performance.now();
    const test = await openTestMode(options.config, storage);
    const ahead = (await test?.follow()) ?? 0;
    const clock = databaseClock((await measureOffset(elapsed, storage.time)) + ahead, elapsed);
    const inUse = await storage.settings.connectorsInUse();
    engine = await openEngine(options.config, { storage, clock, log });
    // Before the first payment, whoever comes first: an API, or the worker that announces.
    if (engine?.announce) await storage.upkeep.results.begin();
    return assemble(options, { storage, rootKey, clock, test, inUse, engine });
  } catch (error) {
    await engine?.close();
    await storage.close();
    throw error;
  }
}

/** Null outside of test mode. Throws `ConfigError` if keys of this database could charge real cards. */
async function openTestMode({ testMode: isOn, role }: Config, storage: PostgresStorage): Promise<TestMode | null> {
  if (!isOn) return null;
  if (await storage.testMode.hasLiveKeys()) {
    const cure = "Turn it off, revoke the live keys and disable the live accounts, or use a database of its own.";
    throw new ConfigError(role, [{ variable: "TEST_MODE", problem: "is on, and this database has live keys or gateway accounts", cure }]);
  }
  return testMode(storage.testMode, await storage.testMode.ahead());
}

/** Pages are those of the build, also when the source runs. */
const built = (name: string): string => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));

interface Opened {
  readonly storage: PostgresStorage;
  /** All keys that this process uses are derived from it. */
  readonly rootKey: Uint8Array;
  readonly clock: DatabaseClock;
  readonly test: TestMode | null;
  /** Connectors of the accounts there. */
  readonly inUse: readonly string[];
  readonly engine: Engine | null;
}

function assemble(options: Options, opened: Opened): Parts {
  const { config, role, log, metrics = null, traces = null } = options;
  const { storage, clock, test, inUse, engine } = opened;
  const http = createHttp(clock);
  // A worker without `PUBLIC_URL` can only guess where gateways reach the API; the address that the API registers wins.
  const apiAddress = { webhookBaseUrl: publicUrlOf(config, config.apiPort), isGuess: role === "worker" && config.publicUrl === null };
  const places = { ...config.gateways, sandbox: sandboxPlace(options) };
  const gateways = openGateways({ http, clock, log, ...apiAddress, places });
  refuseMissing(config.role, inUse, gateways);
  // Hints stay within the process if the database is its own: no other process works on it.
  const queue = config.databaseUrl === null ? createMemoryQueue({ log }) : createPostgresQueue({ databaseUrl: options.databaseUrl, log });
  const reach = reachOf(config);
  const channel = createWebhookChannel({ ...reach, version: options.version });
  const calls = tracked();
  const { store, noticing, besideJobs } = handedOver(opened, log, calls.track);
  const settings = noticing(withCachedRoutes(withCachedAccounts(storage.settings, clock), clock));
  const timing = timingStore(store);
  const who = signInOf(options, opened);
  const deps: ApiDeps["flows"] = {
    store: metrics?.counting(timing.store) ?? timing.store,
    settings: test?.settings(settings) ?? settings,
    clock,
    random: systemRandom(),
    log,
    queue,
    connectors: new Map([...gateways].map(([name, { connector }]) => [name, test?.connector(connector) ?? connector])),
    webhooks: test?.channel(channel) ?? channel,
    ...mailing(config, storage, who),
    checkUrl: (url) => checkWebhookUrl(url, reach),
    ...besideJobs,
    restores: storage.restores,
    versions,
    options: config.flow,
    observer: { job: (job, end) => (logJob(log, job, end), metrics?.job(job, end), traces?.job(job, end)) },
    track: calls.track,
  };
  const api = apiOf(options, opened, { deps, gateways, metrics: metricsOf(options, opened, deps) });
  const recorder = createRequestRecorder({ write: storage.requests.record, clock, log });
  const watchers = { figures: metrics ?? undefined, traces: traces ?? undefined, recorder, storeMs: timing.takeMs };
  const authenticator = keyAuthenticator(deps, options.operatorKey ?? config.operatorKey);
  const { requestsPerSecond, trustedProxies } = config;
  const frame = { ...deps, authenticator, requestsPerSecond, trustedProxies, ...watchers };
  return {
    deps,
    engine,
    ...readsOf(opened),
    beat: beater(deps, opened, options),
    app: (...more) => createApp({ ...frame, noRoute, apiVersion: versions.current }, [(app) => mountApi(app, api), ...more]),
    checkoutApp: () => createCheckoutApp(frame, { ...api, pageFolder: built("checkout-page"), testInputs: sandboxTestInputs }),
    dashboardApp: () => openDashboard(who, { ...api, pageFolder: built("dashboard-page") }, frame),
    people: who,
    firstAccount: api.firstAccount,
    emailsPage: (url, scope) => (api.emails ? emailsPageUrl(url, api.emails.keys, scope) : null),
    metricsApp: () => createApp(frame, [(app) => mountWorker(app, api)]),
    close: async () => {
      await drain(clock, calls.all());
      for (const part of [traces, recorder, queue, engine, channel, http, options.archive, storage]) await part?.close();
    },
  };
}

function signInOf({ config }: Options, { rootKey, storage: { people } }: Opened) {
  const whose = { people, dashboardUrl: dashboardUrlOf(config), idleMs: config.dashboardIdleMs };
  return whoSignsIn(whose, (purpose) => deriveKey(rootKey, purpose));
}

/** Where webhooks may go. */
function reachOf({ flow }: Config) {
  return { allowLoopback: flow.allowLoopback, allowedNetworks: networkList(flow.allowedNetworks) };
}

/** What is looked at, and how the audit log is proven. */
function readsOf({
  rootKey,
  storage: { reads, audit, rootKeys },
}: Opened): Pick<Parts, "reads" | "audit" | "auditMac" | "rootKey" | "rootKeys"> {
  return { reads, audit, rootKey, rootKeys, auditMac: (merchantId, hash) => auditMac(auditKey(rootKey, merchantId), hash) };
}

/** What the merchants' and the operator's routes are made of. */
function apiOf(
  { config, role, version, archive }: Options,
  opened: Opened,
  parts: { readonly deps: ApiDeps["flows"]; readonly gateways: ReadonlyMap<string, Gateway>; readonly metrics: MetricsDeps | null },
): ApiDeps {
  const { deps, gateways, metrics } = parts;
  const { storage, rootKey, clock, test } = opened;
  const asked = Object.fromEntries([...gateways].flatMap(([name, { health }]) => (health ? [[name, health]] : [])));
  return {
    flows: deps,
    reads: storage.reads,
    version,
    hashKey: deriveKey(rootKey, "tillway idempotency"),
    tokenizers: new Map([...gateways].flatMap(([name, { tokenizer }]) => (tokenizer ? [[name, tokenizer]] : []))),
    firstAccount: firstAccountOf(config.databaseUrl === null || gateways.has(sandboxAccount.connector)),
    publicUrl: publicUrlOf(config, config.apiPort),
    siteFolder: built("site"),
    checkoutUrl: checkoutUrlOf(config),
    secrets: clientSecrets(deriveKey(rootKey, "tillway client secret v1")),
    requestsPerSecond: config.requestsPerSecond,
    health: createHealth({
      ping: () => storage.ping(),
      reads: storage.reads,
      audit: storage.audit,
      restores: storage.restores,
      clock,
      role,
      gateways: asked,
      replicas: storage.replicas,
      engine: opened.engine,
      archive: archive?.ping,
    }),
    requests: storage.requests,
    search: storage.search,
    audit: storage.audit,
    emails:
      deps.mail?.by === "captured"
        ? { capture: storage.emails, keys: mailboxKeys(deriveKey(rootKey, "tillway mailbox v1")), pageFolder: built("emails-page") }
        : null,
    metrics,
    test: test && testTools({ ...opened, test }, deps.queue, gateways),
  };
}

function metricsOf({ config, metrics }: Options, { storage, clock, engine }: Opened, deps: ApiDeps["flows"]) {
  if (!metrics) return null;
  const { pools, replicas, upkeep, restores } = storage;
  const figures = async (now: Ms) => {
    // To look for it is not for nothing: only an engine that tells other programs is behind with it.
    const waiting = engine?.announce ? upkeep.results.oldestWaitingAt() : null;
    const [found, oldestUnannouncedAt] = await Promise.all([storage.figures(now), waiting]);
    return { ...found, oldestUnannouncedAt };
  };
  const accounts = () => accountsByHealth(deps);
  const looks = { figures, pools, clock, engine, replicas, accounts, isRestoring: restores.isOpen };
  return { page: createMetricsPage(metrics, looks), token: config.metrics.token };
}
