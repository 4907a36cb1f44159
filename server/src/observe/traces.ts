/** Spans for requests and jobs, sent to an OTLP endpoint. The libraries are loaded only if one is set. */
import type { Job } from "../core/model.ts";
import type { Observer } from "../core/ports/observer.ts";
import type { Log } from "../core/ports/world.ts";

export interface TracesOptions {
  /** Base URL of an OTLP receiver over HTTP, without a slash at its end. */
  readonly endpoint: string;
  readonly role: string;
  readonly version: string;
  readonly log: Pick<Log, "warn">;
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Traces {
  /** @param request what the log says of it. `traceparent`: of its caller; null: a trace begins here */
  request(request: {
    readonly name: string;
    readonly ms: number;
    readonly attributes: Attributes;
    readonly traceparent: string | null;
  }): void;
  readonly job: Observer["job"];
  /** Sends what is left, within a bounded time. */
  close(): Promise<void>;
}

/** A receiver that is away must not hold up the end of the process. */
const SEND_WITHIN_MS = 2_000;
/** Spans that wait to be sent; more are dropped. */
const WAITING_MAX = 2_048;

/** Null if a part of it cannot be loaded: a program that moves money does so without traces as well. */
export async function openTraces(options: TracesOptions): Promise<Traces | null> {
  try {
    return await load(options);
  } catch (error) {
    options.log.warn({ error: String(error) }, "traces are off: OpenTelemetry could not be loaded");
    return null;
  }
}

async function load({ endpoint, role, version }: TracesOptions): Promise<Traces> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: SEND_WITHIN_MS });
  const processor = new sdk.BatchSpanProcessor(exporter, { maxQueueSize: WAITING_MAX, exportTimeoutMillis: SEND_WITHIN_MS });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": `tillway-${role}`, "service.version": version }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("tillway", version);

  function span(
    name: string,
    ms: number,
    attributes: Attributes,
    more: { readonly kind: number; readonly traceparent: string | null },
  ): void {
    const parent = more.traceparent === null ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, contextOf(more.traceparent));
    const end = Date.now();
    tracer.startSpan(name, { kind: more.kind, startTime: end - ms, attributes }, parent).end(end);
  }

  return {
    request: ({ name, ms, attributes, traceparent }) => span(name, ms, attributes, { kind: api.SpanKind.SERVER, traceparent }),
    job: (job, end) =>
      span(`job ${job.kind}`, end.ms, attributesOf(job, end.outcome), { kind: api.SpanKind.CONSUMER, traceparent: job.traceparent }),
    close: async () => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, SEND_WITHIN_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

/** `00-<trace>-<span>-<flags>`, checked where it came in. */
function contextOf(traceparent: string) {
  const [, traceId = "", spanId = "", flags = "00"] = traceparent.split("-");
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function attributesOf(job: Job, outcome: string): Attributes {
  const paymentId = job.subject.startsWith("pay_") ? job.subject : undefined;
  return {
    "tillway.job_id": job.id,
    "tillway.queue": job.queue,
    "tillway.subject": job.subject,
    "tillway.payment_id": paymentId,
    "tillway.tries": job.tries,
    "tillway.outcome": outcome,
  };
}
