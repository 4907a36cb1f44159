import type { Attempt, Case, Delivery, Job, Payment } from "../../../server/src/core/model.ts";
import { DELIVERIES_KEPT_DAYS, EXCHANGES_KEPT_DAYS, MONEY_LEASE_MS, WEBHOOK_SCHEDULE_MS } from "../../../server/src/core/constants.ts";
import { jobIdOf } from "../../../server/src/core/ids.ts";
import type { Outcome } from "../../../server/src/core/outcome.ts";
import type { Channel, ChannelMessage, ChannelResult } from "../../../server/src/core/ports/channel.ts";
import type { Answer, Caller } from "../../../server/src/flows/idempotency.ts";
import type { Deps } from "../../../server/src/flows/deps.ts";
import { receiveGatewayEvent } from "../../../server/src/flows/gateway-events/receive.ts";
import { createPayment, type CreatePaymentInput } from "../../../server/src/flows/payments/create.ts";
import type { Versions } from "../../../server/src/api/versions/walk.ts";
import { versions } from "../../../server/src/api/versions/index.ts";
import { memoryStorage } from "../../../server/src/storage/memory/index.ts";
import { runJob } from "../../../server/src/flows/jobs/run.ts";
import { drain, FakeClock } from "./fake-clock.ts";
import { Gateway } from "./gateway.ts";
import { anAccount, anEndpoint, card, DAY, scope } from "./rows.ts";

export interface WorldOptions {
  readonly accounts?: number;
  readonly endpoints?: number;
  /** On only in tests that are about it. */
  readonly breaker?: boolean;
  /** Planted in tests of versions. */
  readonly versions?: Versions;
}

/** Flows and worker over the in-memory store, a scripted gateway, a scripted receiver of webhooks and a clock that stands still. */
export class World {
  readonly storage = memoryStorage();
  readonly tables = this.storage.tables;
  readonly clock = new FakeClock();
  readonly gateway = new Gateway();
  readonly receiver = new Receiver();
  readonly logs: { readonly level: string; readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  readonly hints: string[] = [];
  readonly deps: Deps;
  #byte = 0;
  #claims = 0;
  #requests = 0;

  constructor(options: WorldOptions = {}) {
    for (let n = 1; n <= (options.accounts ?? 1); n++) this.tables.accounts.set(anAccount(n).id, anAccount(n));
    for (let n = 1; n <= (options.endpoints ?? 0); n++) this.tables.endpoints.set(anEndpoint(n).id, anEndpoint(n));
    const note = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
      void this.logs.push({ level, message, fields });
    this.deps = {
      store: this.storage.store,
      settings: this.storage.settings,
      clock: this.clock,
      random: { float: () => 0.5, bytes: (length) => Uint8Array.from({ length }, (_, i) => this.#random(i)) },
      log: { info: note("info"), warn: note("warn"), error: note("error") },
      queue: { hint: (queues) => void this.hints.push(...queues), onHint: () => {}, close: async () => {} },
      connectors: new Map([[this.gateway.name, this.gateway]]),
      webhooks: this.receiver,
      checkUrl: (url) => (url.startsWith("https://") ? { ok: true } : { ok: false, reason: "not https" }),
      versions: options.versions ?? versions,
      options: {
        webhookScheduleMs: WEBHOOK_SCHEDULE_MS,
        webhookJitter: false,
        webhookBreaker: options.breaker ?? false,
        retention: { exchangesMs: EXCHANGES_KEPT_DAYS * DAY, deliveriesMs: DELIVERIES_KEPT_DAYS * DAY },
      },
      track: (work) => work,
    };
  }

  /** Counts up in the last characters of an id, so that ids differ and sort. */
  #random(position: number): number {
    if (position === 0) this.#byte++;
    return Math.floor(this.#byte / 32 ** (15 - position)) % 32;
  }

  caller(key?: string, requestHash = "hash"): Caller {
    return {
      scope,
      audience: "merchant",
      requestId: `req_${++this.#requests}`,
      apiVersion: this.deps.versions.current,
      idempotency: key === undefined ? null : { key, requestHash },
    };
  }

  input(given: Partial<CreatePaymentInput> = {}): CreatePaymentInput {
    return {
      amount: 1_000,
      currency: "INR",
      method: card,
      captureMethod: "automatic",
      confirm: null,
      orderId: null,
      description: null,
      metadata: {},
      customer: null,
      returnUrl: null,
      ...given,
    };
  }

  create(given: Partial<CreatePaymentInput> = {}, key?: string): Promise<Answer> {
    return createPayment(this.deps, this.caller(key), this.input(given));
  }

  /** Creates a payment in the background and returns its id. */
  async created(given: Partial<CreatePaymentInput> = {}): Promise<string> {
    return (JSON.parse((await this.create(given)).body) as { id: string }).id;
  }

  /** A payment whose money is held. */
  async authorized(given: Partial<CreatePaymentInput> = {}): Promise<string> {
    const id = await this.created({ captureMethod: "manual", ...given });
    await this.work();
    return id;
  }

  /** Leases one job as a worker does when its time has come. */
  async claim(jobId?: string): Promise<Job | null> {
    const now = this.clock.now();
    const request = {
      now,
      leaseUntil: now + MONEY_LEASE_MS,
      token: `claim ${++this.#claims}`,
      perLane: 1_000,
      room: new Map<string, number>(),
      cursor: "",
    };
    if (jobId !== undefined) return this.deps.store.take(jobId, now, request.leaseUntil, request.token);
    for (const queue of ["payment-queue", "refund-queue", "webhook-queue"] as const) {
      const { jobs } = await this.deps.store.claim({ ...request, queue, limit: 1 });
      if (jobs[0]) return jobs[0];
    }
    return null;
  }

  /** Runs all due jobs, one after the other, until none is due. */
  async work(deps: Deps = this.deps): Promise<number> {
    for (let ran = 0; ran < 500; ran++) {
      const job = await this.claim();
      if (!job) return ran;
      await this.clock.until(runJob(deps, job));
    }
    throw new Error("work without end");
  }

  /** A worker takes the next due job and gets as far as it can without time passing: `end` is when it has done it. */
  async start(deps: Deps = this.deps): Promise<{ readonly job: Job; readonly end: Promise<unknown> }> {
    const job = await this.claim();
    if (!job) throw new Error("nothing is due");
    const end = runJob(deps, job);
    await drain();
    return { job, end };
  }

  /** Moves time on to each due time on the way, and works. */
  async later(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    for (;;) {
      await this.work();
      const next = Math.min(...[...this.tables.jobs.values()].map((job) => job.runAt).filter((at) => at > this.clock.now()));
      if (next > end) break;
      await this.clock.advance(next - this.clock.now());
    }
    await this.clock.advance(end - this.clock.now());
    await this.work();
  }

  /** The gateway sends us a webhook. */
  hook(about: {
    readonly id?: string;
    readonly attempt: Pick<Attempt, "gatewayKey">;
    readonly outcome: Outcome | null;
    readonly signature?: string;
    readonly accountId?: string;
  }) {
    const event = {
      gatewayEventId: about.id ?? `gw_${++this.#requests}`,
      gatewayKey: about.attempt.gatewayKey,
      reference: null,
      operation: null,
      outcome: about.outcome,
    };
    const raw = { headers: { "x-signature": about.signature ?? "good" }, body: new TextEncoder().encode(JSON.stringify(event)) };
    return receiveGatewayEvent(this.deps, { connector: "bank", accountId: about.accountId ?? anAccount(1).id, raw, requestId: "req" });
  }

  payment(id: string): Payment {
    return this.tables.payments.get(id)!;
  }

  attempts(paymentId: string): Attempt[] {
    return [...this.tables.attempts.values()].filter((attempt) => attempt.paymentId === paymentId);
  }

  job(subject: string): Job | undefined {
    return this.tables.jobs.get(jobIdOf(subject));
  }

  get deliveries(): Delivery[] {
    return [...this.tables.deliveries.values()];
  }

  cases(status: Case["status"] = "open"): string[] {
    return [...this.tables.cases.values()].filter((row) => row.status === status).map((row) => row.kind);
  }

  eventTypes(paymentId: string): string[] {
    return [...this.tables.events.values()].filter((event) => event.paymentId === paymentId).map((event) => event.type);
  }
}

/** The merchant's side of a webhook: answers as scripted, else with 200. */
export class Receiver implements Channel {
  readonly got: ChannelMessage[] = [];
  readonly script: (Partial<ChannelResult> | Error)[] = [];

  async send(message: ChannelMessage): Promise<ChannelResult> {
    this.got.push(message);
    const scripted = this.script.shift() ?? {};
    if (scripted instanceof Error) throw scripted;
    const statusCode = scripted.statusCode === undefined ? 200 : scripted.statusCode;
    const ok = statusCode !== null && statusCode >= 200 && statusCode < 300;
    return { ok, statusCode, response: "", error: null, durationMs: 5, retryAfterMs: null, gone: statusCode === 410, ...scripted };
  }
}
