/** One seed's world: two workers and two API processes over one store, a gateway, a merchant; and their faults. */
import { versions } from "../api/versions/index.ts";
import { newId } from "../core/ids.ts";
import type { Connector } from "../core/ports/connector.ts";
import type { Heartbeat } from "../core/ports/store.ts";
import type { ClientDeps } from "../connectors/exchange.ts";
import { createRazorpayConnector } from "../connectors/razorpay/connector.ts";
import { createSandboxConnector } from "../connectors/sandbox/connector.ts";
import { createStripeConnector } from "../connectors/stripe/connector.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { Deps } from "../flows/deps.ts";
import { changeEndpoint } from "../flows/setup/endpoints.ts";
import { receiveGatewayEvent } from "../flows/gateway-events/receive.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { startHeartbeat } from "../worker/heartbeat.ts";
import { measureOffset } from "../system/clock.ts";
import { createKeeper } from "../worker/keep.ts";
import { startWorker } from "../worker/worker.ts";
import { DAY_MS, DELIVERIES_KEPT_DAYS, EXCHANGES_KEPT_DAYS, WEBHOOK_SCHEDULE_MS } from "../core/constants.ts";
import { createListener, describeHeard } from "./answers.ts";
import { type Bank, banksOf, type BankSetup, type Posted, urlOf } from "./bank.ts";
import { simulatedClock } from "./clock.ts";
import { noCounts } from "./counts.ts";
import { httpAcross } from "./gateway-boundary.ts";
import { hints } from "./hints.ts";
import { jobInterests } from "./interests.ts";
import { Kernel, Trace } from "./kernel.ts";
import { asker } from "./merchant-line.ts";
import { startMerchant, type Heard, type Merchant } from "./merchant.ts";
import { startOperator } from "./operator.ts";
import { lookAtArrival, Oracle } from "./oracle.ts";
import { clockSteps, outages } from "./outages.ts";
import type { Plant } from "./plant.ts";
import type { Life, Machinery } from "./process.ts";
import { Process, type Program } from "./program.ts";
import { chance, randomPort } from "./random.ts";
import { mailAcross, type MailSide, type PostOffice } from "./post-office.ts";
import { openRazorpayBank } from "./razorpay-bank.ts";
import { channelAcross, type Receiver } from "./receiver.ts";
import { startRotations, type Rotations } from "./rotation.ts";
import { SandboxBank } from "./sandbox-bank.ts";
import { scope, setUp } from "./set-up.ts";
import { settingsAcross, storeAcross, type StoreSide } from "./store-boundary.ts";
import { openStripeBank } from "./stripe-bank.ts";
import { calm, calmMail, drawSwarm, type GatewayName, type Gateways, type Swarm } from "./swarm.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly trace: boolean;
  readonly plant: Plant | null;
  readonly gateways: Gateways | null;
}

const OUR_URL = "http://tillway.invalid";

export class World {
  readonly swarm: Swarm;
  readonly machinery: Machinery;
  readonly storage = memoryStorage();
  readonly receiver: Receiver = { book: new Map() };
  readonly office: PostOffice = new Map();
  readonly banks: Bank;
  /** Gateway webhooks that we took with a 2xx, as `account/event`. */
  readonly taken = new Set<string>();
  readonly oracle: Oracle;
  readonly merchant: Merchant;
  readonly rotations: Rotations;
  readonly #plant: Plant | null;
  readonly #random: Deps["random"];
  readonly #down: ReturnType<typeof outages>;
  readonly #queue: ReturnType<typeof hints>;
  readonly #interests = jobInterests(this.storage.tables);
  readonly #store: StoreSide;
  readonly #mail: MailSide;
  readonly #apis: readonly Process[];
  readonly #workers: readonly Process[];
  readonly #ask: (run: (deps: Deps) => Promise<Answer>) => Promise<Heard>;
  #rates: Swarm["rates"];

  constructor({ seed, trace, plant, gateways }: WorldOptions) {
    this.swarm = drawSwarm(seed, gateways);
    this.#plant = plant;
    this.#rates = this.swarm.rates;
    const draw = chance(seed, "faults");
    this.machinery = { kernel: new Kernel(new Trace(trace)), draw, counts: noCounts(), rates: () => this.#rates };
    this.#random = randomPort(chance(seed, "ids"));
    this.#down = outages(this.machinery, this.swarm);
    clockSteps(this.machinery, this.swarm.clockSteps, this.swarm.healAfterMs);
    this.#queue = hints(this.machinery);
    this.banks = this.#openBanks(seed);
    this.oracle = new Oracle({ kernel: this.machinery.kernel, tables: this.storage.tables, books: this.banks.books });
    this.#store = {
      machinery: this.machinery,
      down: this.#down.store,
      written: this.#interests.forget,
      broken: (error) => this.oracle.blame("C1", `a rule of the tables was broken: ${String(error)}`),
    };
    this.#mail = this.#openMail(seed);
    const open = (name: string) => this.#process(name, (life) => (this.#works(name) ? startWork : startApi)(this.#portsOf(life), life));
    this.#apis = ["api-1", "api-2"].map(open);
    this.#workers = ["worker-1", "worker-2"].map(open);
    this.#ask = asker({ machinery: this.machinery, pick: () => draw.pick(this.#apis) });
    this.merchant = this.#openShop(seed);
    const { machinery, swarm, storage } = this;
    this.rotations = startRotations({
      kernel: machinery.kernel,
      chance: chance(seed, "rotations"),
      scope,
      tables: storage.tables,
      times: swarm.byHand,
      withinMs: swarm.healAfterMs,
      ask: this.#ask,
      blame: this.oracle.blame,
    });
    startOperator({
      machinery,
      swarm,
      scope,
      tables: storage.tables,
      workers: this.#workers,
      ask: (run) => void this.#ask((deps) => run(deps).then(() => nothingToSay)),
    });
  }

  /** Ends all faults. */
  heal(): void {
    this.#rates = calm;
    this.#down.end();
    for (const process of [...this.#apis, ...this.#workers]) process.heal();
    for (const id of this.storage.tables.endpoints.keys()) void this.#enable(id);
  }

  /** The merchant sees that its endpoint is switched off, and enables it again until that is answered. */
  async #enable(id: string): Promise<void> {
    const { kernel } = this.machinery;
    const set = (deps: Deps) => changeEndpoint(deps, scope, id, { status: "enabled" }).then(() => nothingToSay);
    while ((await this.#ask(set)).kind !== "answer") await new Promise<void>((resolve) => void kernel.after(1_000, resolve));
  }

  #openBanks(seed: number): Bank {
    const { machinery, storage, swarm } = this;
    const accounts = setUp(storage.tables, swarm);
    const open = (name: GatewayName): Bank => {
      const amounts = name === "sandbox" ? swarm.capabilities.amounts : {};
      const setup: BankSetup = {
        machinery,
        seed,
        swarm,
        shopper: chance(seed, name === "sandbox" ? "shopper" : `${name}'s shopper`),
        accounts: accounts.filter(({ connector }) => connector === name),
        asked: (operation) => lookAtArrival({ tables: storage.tables, amounts }, operation, this.oracle.blame),
        post: (posted, answered) => void this.#postToUs(posted).then(answered),
        taken: (event) => void this.taken.add(event),
      };
      return openBank[name](setup);
    };
    return banksOf(Object.fromEntries(swarm.gateways.map((name) => [name, open(name)])));
  }

  /** Its faults are drawn by a stream of their own. */
  #openMail(seed: number): MailSide {
    const machinery = { ...this.machinery, draw: chance(seed, "mail's faults") };
    return { machinery, down: this.#down.receiver, rates: () => (this.#rates === calm ? calmMail : (this.swarm.mail ?? calmMail)) };
  }

  #openShop(seed: number): Merchant {
    const { kernel } = this.machinery;
    const listener = createListener(this.storage.tables, this.oracle.blame, () => kernel.now);
    return startMerchant({
      kernel,
      swarm: this.swarm,
      scope,
      chance: chance(seed, "merchant"),
      ask: this.#ask,
      heard: (request, heard, hash) => {
        kernel.trace.add(kernel.now, `merchant ${request.key} ⇒ ${describeHeard(heard)}`);
        listener.heard(request, heard, hash);
      },
      requestId: () => newId("req", kernel.now, this.#random.bytes(16)),
    });
  }

  #works(name: string): boolean {
    return name.startsWith("worker") || (name === "api-2" && this.swarm.isTogether);
  }

  #process(name: string, start: (life: Life) => Program): Process {
    return new Process({ name, machinery: this.machinery, skewMs: this.swarm.skewMs }, start);
  }

  /** The deps of one life of a process: the real flows and the real connector over ports that fail. */
  #portsOf(life: Life): Deps {
    const { machinery, storage, banks, receiver, swarm } = this;
    const plant = this.#plant;
    const clock = simulatedClock(machinery, life, this.#works(life.name) ? this.#interests : beatsOnly);
    const across = httpAcross({ machinery, down: this.#down.gateway, farSide: banks }, life);
    const http = plant?.http?.(across) ?? across;
    const connectors = swarm.gateways.map((name): Connector => {
      const capabilities = { ...swarm.capabilities, ...plant?.capabilities };
      const real = openConnector[name]({ http, clock, baseUrl: urlOf(name), capabilities });
      return plant?.connector?.(real) ?? real;
    });
    const channel = channelAcross({ machinery, down: this.#down.receiver, gone: this.#down.gone }, life, receiver);
    const mail = mailAcross(this.#mail, life, this.office);
    const farStore = storeAcross(this.#store, life, plant?.store?.(storage.store, storage.tables) ?? storage.store);
    const { store, noticing, isUnderWay, ...keeping } = createKeeper({ store: farStore, clock, random: this.#random });
    const deps: Deps = {
      store,
      keeping,
      isUnderWay,
      settings: noticing(settingsAcross(this.#store, life, storage.settings)),
      clock,
      random: this.#random,
      log: logOf(machinery.kernel, life),
      queue: this.#queue.portOf(life),
      connectors: new Map(connectors.map((one) => [one.name, one])),
      webhooks: plant?.channel?.(channel) ?? channel,
      mail: plant?.mail?.(mail) ?? mail,
      checkUrl: () => ({ ok: true }),
      versions,
      options: {
        webhookScheduleMs: WEBHOOK_SCHEDULE_MS,
        webhookJitter: true,
        webhookBreaker: true,
        retention: { exchangesMs: EXCHANGES_KEPT_DAYS * DAY_MS, deliveriesMs: DELIVERIES_KEPT_DAYS * DAY_MS },
      },
      track: (work) => work,
    };
    return plant?.deps?.(deps) ?? deps;
  }

  async #postToUs({ connector, accountId, headers, body }: Posted): Promise<boolean> {
    const input = { connector, accountId, raw: { headers, body: new TextEncoder().encode(body) }, requestId: "" };
    const heard = await this.#ask((deps) => receiveGatewayEvent(deps, input).then(() => nothingToSay));
    return heard.kind === "answer";
  }
}

const openBank: Readonly<Record<GatewayName, (setup: BankSetup) => Bank>> = {
  sandbox: (setup) => new SandboxBank(setup),
  stripe: openStripeBank,
  razorpay: openRazorpayBank,
};

const openConnector: Readonly<Record<GatewayName, (deps: ClientDeps & Pick<Swarm, "capabilities">) => Connector>> = {
  sandbox: (deps) => createSandboxConnector({ ...deps, webhookBaseUrl: OUR_URL }),
  stripe: createStripeConnector,
  razorpay: (deps) => createRazorpayConnector({ ...deps, upiCollect: true }),
};

const nothingToSay: Answer = { status: 200, body: "{}", replayed: false };

function startWork(deps: Deps, life: Life): Program {
  const worker = startWorker(deps);
  const beating = startHeartbeat(deps, beater(deps, life));
  return { deps, stop: async () => void (await Promise.all([worker.stop(), beating.stop()])) };
}

/** The API's work beside its requests. It could find overdue jobs as a worker does; here only workers look for them. */
const beatsOnly = { nextJobAt: () => Infinity, nextDeadlineAt: () => Infinity };

function startApi(deps: Deps, life: Life): Program {
  const beating = startHeartbeat(deps, beater(deps, life));
  return { deps, stop: () => beating.stop() };
}

function beater(deps: Deps, { clock, skewMs }: Life): () => Promise<number> {
  return async () => {
    return clock.adjust(skewMs + (await measureOffset(clock.elapsed, () => deps.store.heartbeat(beatOf(deps)))));
  };
}

function beatOf(deps: Deps): Heartbeat {
  const now = deps.clock.now();
  return { id: newId("req", now, deps.random.bytes(16)), role: "worker", startedAt: now, now };
}

function logOf(kernel: Kernel, life: Life): Deps["log"] {
  const line = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    if (kernel.trace.lines !== null) kernel.trace.note(`${life.name} log: ${message} ${JSON.stringify(fields)}`);
  };
  return { info: line, warn: line, error: line };
}
