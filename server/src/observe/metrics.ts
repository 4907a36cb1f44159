/** The figures of this process in Prometheus' format. Each label's value comes from a closed list, so that nobody can make many of them. */
import type * as Prometheus from "prom-client";
import { caseKinds } from "../core/case-kinds.ts";
import type { Change, Creation } from "../core/change.ts";
import type { Mode, Operation } from "../core/model.ts";
import { JOB_OUTCOMES, type Observer } from "../core/ports/observer.ts";
import type { Store } from "../core/ports/store.ts";

export interface MetricsOptions {
  /** Every kind of job that this program runs. */
  readonly jobKinds: readonly string[];
  readonly connectors: readonly string[];
}

export interface Metrics {
  readonly registry: Prometheus.Registry;
  readonly library: typeof Prometheus;
  readonly job: Observer["job"];
  /** @param request `status` null: the caller hung up. `route` as it was mounted; undefined: none */
  request(request: {
    readonly method: string;
    readonly route: string | undefined;
    readonly status: number | null;
    readonly ms: number;
  }): void;
  /** A request that was refused under load, by its class. */
  shed(loadClass: string): void;
  /** Names a route, so that requests to it get a label of their own. */
  route(url: string): void;
  /** The same store; what it commits is counted. */
  counting(store: Store): Store;
}

/** Loads the library, which takes 40 ms: commands that serve nobody go without. */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const library = await import("prom-client");
  const registry = new library.Registry();
  library.collectDefaultMetrics({ register: registry });
  const jobs = jobFigures(library, registry, options.jobKinds);
  const requests = { ...requestFigures(library, registry), shed: shedFigure(library, registry) };
  const money = moneyFigures(library, registry, options.connectors);
  return { library, registry, job: jobs, ...requests, counting: (store) => countingStore(store, money) };
}

/** The value, if it is of the list; what is not has one label in common. */
export function closed(list: readonly string[]): (value: string | undefined) => string {
  const known = new Set(list);
  return (value) => (value !== undefined && known.has(value) ? value : "other");
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
/** Seconds: from an answer out of memory to the longest synchronous wait. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function requestFigures({ Histogram }: typeof Prometheus, registry: Prometheus.Registry): Pick<Metrics, "request" | "route"> {
  const seconds = new Histogram({
    name: "tillway_http_request_seconds",
    help: "Time from a request to its answer. status: the class of the answer, or aborted if the caller hung up.",
    labelNames: ["method", "route", "status"],
    buckets: REQUEST_BUCKETS,
    registers: [registry],
  });
  const methodOf = closed(METHODS);
  const routes = new Set<string>();
  return {
    route: (url) => void routes.add(url),
    request: ({ method, route, status, ms }) => {
      const labels = {
        method: methodOf(method),
        route: route !== undefined && routes.has(route) ? route : "none",
        status: status === null ? "aborted" : `${Math.floor(status / 100)}xx`,
      };
      seconds.observe(labels, ms / 1_000);
    },
  };
}

/** In the order in which they are shed; `critical` only when all places are taken. */
const LOAD_CLASSES = ["list", "test", "normal", "critical"] as const;

function shedFigure({ Counter }: typeof Prometheus, registry: Prometheus.Registry): Metrics["shed"] {
  const shed = new Counter({
    name: "tillway_http_shed_total",
    help: "Requests that were refused because there was more to do than could be done, by class.",
    labelNames: ["class"],
    registers: [registry],
  });
  for (const name of LOAD_CLASSES) shed.inc({ class: name }, 0);
  const classOf = closed(LOAD_CLASSES);
  return (loadClass) => shed.inc({ class: classOf(loadClass) });
}

/** Seconds: a job is a few statements, or as long as its call. */
const JOB_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function jobFigures({ Histogram }: typeof Prometheus, registry: Prometheus.Registry, kinds: readonly string[]): Observer["job"] {
  const seconds = new Histogram({
    name: "tillway_job_seconds",
    help: "Time that a job took, by kind. outcome: done, obsolete (nothing was left to do), retry (run again later), failed (our fault).",
    labelNames: ["kind", "outcome"],
    buckets: JOB_BUCKETS,
    registers: [registry],
  });
  for (const kind of kinds) for (const outcome of JOB_OUTCOMES) seconds.zero({ kind, outcome });
  const kindOf = closed(kinds);
  return ({ kind }, { outcome, ms }) => seconds.observe({ kind: kindOf(kind), outcome }, ms / 1_000);
}

const MODES: readonly Mode[] = ["test", "live"];
const PAYMENT_OUTCOMES = ["created", "authorized", "succeeded", "failed", "canceled", "charged_after_cancel"] as const;
const REFUND_OUTCOMES = ["created", "succeeded", "failed"] as const;
const OPERATIONS: readonly Operation[] = ["charge", "capture", "void", "refund"];
const CLOSED_ATTEMPTS = ["authorized", "succeeded", "declined", "rejected", "not_sent", "canceled"] as const;
const TRY_RESULTS = ["2xx", "3xx", "4xx", "5xx", "no_answer"] as const;
const DELIVERY_RESULTS = ["succeeded", "failed", "canceled"] as const;

type MoneyFigures = ReturnType<typeof moneyFigures>;

function moneyFigures({ Counter }: typeof Prometheus, registry: Prometheus.Registry, connectors: readonly string[]) {
  const counter = (name: string, help: string, labels: Readonly<Record<string, readonly string[]>>): Prometheus.Counter => {
    const made = new Counter({ name: `tillway_${name}`, help, labelNames: Object.keys(labels), registers: [registry] });
    // From the start at 0: a rate needs the value before the first one.
    for (const combination of combinations(labels)) made.inc(combination, 0);
    return made;
  };
  return {
    payments: counter("payments_total", "Payments by what became of them.", { mode: MODES, outcome: PAYMENT_OUTCOMES }),
    refunds: counter("refunds_total", "Refunds by what became of them.", { mode: MODES, outcome: REFUND_OUTCOMES }),
    attempts: counter("attempts_total", "Operations at gateways that have ended, by their end.", {
      connector: [...connectors, "other"],
      operation: OPERATIONS,
      outcome: CLOSED_ATTEMPTS,
    }),
    tries: counter("webhook_tries_total", "Tries to send a webhook, by the receiver's answer.", { result: TRY_RESULTS }),
    deliveries: counter("deliveries_total", "Webhooks that ended: received, given up, or without an endpoint.", {
      result: DELIVERY_RESULTS,
    }),
    cases: counter("cases_opened_total", "Cases opened for a person, by kind.", { kind: Object.keys(caseKinds) }),
    connectorOf: closed(connectors),
  };
}

function combinations(labels: Readonly<Record<string, readonly string[]>>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (made, [name, values]) => made.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}

/** Counts what was committed, in the one place that all changes pass. */
function countingStore(store: Store, figures: MoneyFigures): Store {
  return {
    ...store,
    create: async (creation) => {
      const result = await store.create(creation);
      if (result === "applied") countCreation(figures, creation);
      return result;
    },
    commit: async (change) => {
      const result = await store.commit(change);
      if (result === "applied") countChange(figures, change);
      return result;
    },
  };
}

function countCreation({ payments }: MoneyFigures, { payment }: Creation): void {
  payments.inc({ mode: payment.mode, outcome: "created" });
}

const isPaymentOutcome = new Set<string>(PAYMENT_OUTCOMES.map((outcome) => `payment.${outcome}`));
const isRefundOutcome = new Set<string>(REFUND_OUTCOMES.map((outcome) => `refund.${outcome}`));
const isClosedAttempt = new Set<string>(CLOSED_ATTEMPTS);

function countChange(figures: MoneyFigures, change: Change): void {
  const { mode } = change;
  for (const { type } of change.events ?? []) {
    if (isPaymentOutcome.has(type)) figures.payments.inc({ mode, outcome: type.slice("payment.".length) });
    else if (isRefundOutcome.has(type)) figures.refunds.inc({ mode, outcome: type.slice("refund.".length) });
  }
  for (const { connector, operation, status, lateStatus } of change.attempts?.update ?? [])
    // Truth that comes late is kept beside an attempt that was counted before.
    if (isClosedAttempt.has(status) && lateStatus === null)
      figures.attempts.inc({ connector: figures.connectorOf(connector), operation, outcome: status });
  for (const { statusCode } of change.deliveryTries ?? []) figures.tries.inc({ result: tryResult(statusCode) });
  const ended = change.delivery?.after.status;
  if (ended !== undefined && ended !== "pending" && ended !== change.delivery!.before.status) figures.deliveries.inc({ result: ended });
  for (const { kind } of change.cases?.open ?? []) figures.cases.inc({ kind });
}

function tryResult(statusCode: number | null): (typeof TRY_RESULTS)[number] {
  if (statusCode === null || statusCode < 200) return "no_answer";
  return TRY_RESULTS[Math.min(3, Math.floor(statusCode / 100) - 2)]!;
}
