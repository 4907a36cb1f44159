/** One seed's world: two workers and two API processes over one store, a gateway, a merchant; and what befalls them. */
import type { ConnectorAccount, Endpoint, Ms } from "../core/model.ts";
import { newId } from "../core/ids.ts";
import type { Connector } from "../core/ports/connector.ts";
import { createSandboxConnector } from "../connectors/sandbox/connector.ts";
import type { Deps } from "../flows/deps.ts";
import { receiveGatewayEvent } from "../flows/gateway-events/receive.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { startHeartbeat } from "../worker/heartbeat.ts";
import type { Heartbeat } from "../core/ports/store.ts";
import { runJob } from "../worker/run.ts";
import { startWorker } from "../worker/worker.ts";
import { describeHeard, listen } from "./answers.ts";
import { simulatedClock } from "./clock.ts";
import { noCounts, type Counts } from "./counts.ts";
import { farSideHost, type FarSideHost, type Posted } from "./far-side.ts";
import { httpAcross } from "./gateway-boundary.ts";
import { hints } from "./hints.ts";
import { Kernel, Trace } from "./kernel.ts";
import { startMerchant, type Merchant } from "./merchant.ts";
import { asker } from "./merchant-line.ts";
import { createOracle, lookAtArrival, type Oracle } from "./oracle.ts";
import { outages } from "./outages.ts";
import type { Plant } from "./plants.ts";
import { startOperator } from "./operator.ts";
import type { Life, Machinery } from "./process.ts";
import { Process, type Program } from "./program.ts";
import { chance, randomPort } from "./random.ts";
import { channelAcross, type Receiver } from "./receiver.ts";
import { settingsAcross, storeAcross, type StoreSide } from "./store-boundary.ts";
import { calm, drawSwarm, type Swarm } from "./swarm.ts";

export interface World {
  readonly kernel: Kernel;
  readonly counts: Counts;
  readonly swarm: Swarm;
  readonly storage: ReturnType<typeof memoryStorage>;
  readonly farSide: FarSideHost;
  readonly receiver: Receiver;
  readonly oracle: Oracle;
  readonly merchant: Merchant;
  /** Ends all faults, and starts what lies dead. */
  heal(): void;
}

export interface WorldGiven {
  readonly seed: number;
  readonly trace: boolean;
  readonly plant: Plant | null;
}

const scope = { merchantId: "mer_00000000000000000000000001", mode: "test" } as const;

export function createWorld({ seed, trace, plant }: WorldGiven): World {
  const swarm = drawSwarm(seed);
  const kernel = new Kernel(new Trace(trace));
  const counts = noCounts();
  const draw = chance(seed, "faults");
  const ids = chance(seed, "ids");
  let rates = swarm.rates;
  const machinery: Machinery = { kernel, draw, counts, rates: () => rates };
  const storage = memoryStorage();
  const down = outages(machinery, swarm.healAfterMs);
  const accounts = setUp(storage, swarm);
  const interests = jobInterests(storage);
  const receiver: Receiver = { book: new Map(), gone: false };
  const queue = hints(machinery);
  const lives: Process[] = [];

  const farSide = farSideHost({ machinery, seed, swarm, shopper: chance(seed, "shopper"), accounts, asked: (operation) => lookAtArrival(storage, operation, oracle.blame), post: (posted, answered) => void postToUs(posted).then(answered) });
  const oracle: Oracle = createOracle({ kernel, tables: storage.tables, ledger: farSide.ledger });
  const store = plant?.store?.(storage.store, storage.tables) ?? storage.store;
  const side: StoreSide = { machinery, down: down.store, written: interests.forget, broken: (error) => oracle.blame("C1", `a rule of the tables was broken: ${String(error)}`) };

  const apis = [0, 1].map((n) => new Process({ name: `api-${n + 1}`, machinery, skewMs: swarm.skewMs }, (life) => ({ deps: portsOf(life), stop: async () => undefined })));
  const workers = [0, 1].map((n) => new Process({ name: `worker-${n + 1}`, machinery, skewMs: swarm.skewMs }, (life) => startWork(portsOf(life))));
  lives.push(...apis, ...workers);
  const ask = asker({ machinery, pick: () => draw.pick(apis) });
  const listener = listen(storage.tables, oracle.blame);
  const merchant = startMerchant({
    kernel, swarm, scope, chance: chance(seed, "merchant"),
    ask: (run) => ask(run),
    heard: (wish, heard, hash) => {
      kernel.trace.add(kernel.now, `merchant ${wish.key} ⇒ ${describeHeard(heard)}`);
      listener.heard(wish, heard, hash);
    },
    requestId: () => newId("req", kernel.now, randomPort(ids).bytes(16)),
  });

  startOperator({ machinery, swarm, scope, tables: storage.tables, workers, ask: (run) => void ask((deps) => run(deps).then(() => ({ status: 200, body: "{}", replayed: false }))) });

  function portsOf(life: Life): Deps {
    const worker = life.name.startsWith("worker");
    const clock = simulatedClock(machinery, life, worker ? interests : null);
    const http = httpAcross({ machinery, down: down.gateway, serve: farSide.serve }, life);
    const real = createSandboxConnector({ http: plant?.http?.(http) ?? http, baseUrl: "http://sandbox.invalid", clock, capabilities: swarm.capabilities, webhookBaseUrl: "http://tillway.invalid" });
    const connector: Connector = plant?.connector?.(real) ?? real;
    const channel = channelAcross({ machinery, down: down.receiver }, life, receiver);
    const deps: Deps = {
      store: storeAcross(side, life, store),
      settings: settingsAcross(side, life, storage.settings),
      clock,
      random: randomPort(ids),
      log: logOf(kernel, life),
      queue: queue.portOf(life),
      connectors: new Map([[connector.name, connector]]),
      webhooks: plant?.channel?.(channel) ?? channel,
      checkUrl: () => ({ ok: true }),
      options: { webhookScheduleMs: [0, 60_000, 300_000, 1_800_000, 7_200_000], webhookJitter: true },
      runJob: (job) => runJob(handed, job),
    };
    const handed = plant?.deps?.(deps) ?? deps;
    return handed;
  }

  async function postToUs(posted: Posted): Promise<boolean> {
    const input = { connector: "sandbox", accountId: posted.accountId, raw: { headers: posted.headers, body: new TextEncoder().encode(posted.body) }, requestId: "" };
    const heard = await ask((deps) => receiveGatewayEvent(deps, input).then(() => ({ status: 200, body: "{}", replayed: false })));
    return heard.kind === "answer";
  }

  return {
    kernel, counts, swarm, storage, farSide, receiver, oracle, merchant,
    heal: () => {
      rates = calm;
      down.end();
      for (const process of lives) process.heal();
    },
  };
}

function startWork(deps: Deps): Program {
  const worker = startWorker(deps);
  const beating = startHeartbeat(deps, async () => void (await deps.store.heartbeat(beat(deps))), { sweeps: true });
  return { deps, stop: async () => void (await Promise.all([worker.stop(), beating.stop()])) };
}

function beat(deps: Deps): Heartbeat {
  const now = deps.clock.now();
  return { id: newId("req", now, deps.random.bytes(16)), role: "worker", startedAt: now, now };
}

/** The merchant's accounts and endpoint, there from the start. */
function setUp({ tables }: ReturnType<typeof memoryStorage>, swarm: Swarm): ConnectorAccount[] {
  const accounts = Array.from({ length: swarm.accounts }, (_, n): ConnectorAccount => ({
    ...scope, id: `acc_${n + 1}`, connector: "sandbox", priority: n + 1, status: "enabled",
    credentials: { api_key: `key-${n + 1}`, webhook_secret: `secret-${n + 1}` }, createdAt: 0,
  }));
  for (const account of accounts) tables.accounts.set(account.id, account);
  const endpoint: Endpoint = { ...scope, id: "whe_1", url: "http://merchant.invalid", status: "enabled", secret: "whsec_", previousSecret: null, previousSecretUntil: null, retryIntervalsMs: null, createdAt: 0 };
  tables.endpoints.set(endpoint.id, endpoint);
  return accounts;
}

/** When the next job is due and the next deadline passes, computed once per change of the jobs. */
function jobInterests({ tables }: ReturnType<typeof memoryStorage>) {
  let job: Ms | null = null;
  let deadline = Infinity;
  const look = (): void => {
    job = Infinity;
    deadline = Infinity;
    for (const row of tables.jobs.values()) {
      if (row.runAt < job) job = row.runAt;
      if (row.deadlineAt !== null && row.deadlineAt < deadline) deadline = row.deadlineAt;
    }
  };
  return {
    forget: () => void (job = null),
    nextJobAt: (): Ms => (job === null && look(), job ?? Infinity),
    nextDeadlineAt: (): Ms => (job === null && look(), deadline),
  };
}

function logOf(kernel: Kernel, life: Life): Deps["log"] {
  const line = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    if (kernel.trace.lines !== null) kernel.trace.note(`${life.name} log: ${message} ${JSON.stringify(fields)}`);
  };
  return { info: line, warn: line, error: line };
}
