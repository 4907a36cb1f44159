/**
 * The commands that are one request to the API each: a line per route. Its fields are options; a sign after the name says what they
 * take: `#` an integer, `?` true or false, `[]` texts with commas between, `{}` JSON, nothing: text. A point leads into an object: `card.number` is `--card-number`.
 */
export interface Noun {
  /** One sentence for the help. */
  readonly about: string;
  /** What a table shows, as members of a row. */
  readonly columns: string;
  readonly verbs: Readonly<Record<string, Verb>>;
  /** Verbs that are more than a request; `acts` runs them. */
  readonly acts?: Readonly<Record<string, Act>>;
}

interface Act {
  readonly usage: string;
  readonly summary: string;
}

/** `{id}` in the route is the verb's argument. A GET sends its fields as a query, any other method as the body. */
export type Verb = readonly [route: `${"GET" | "POST" | "PATCH" | "PUT" | "DELETE"} /v1/${string}`, summary: string, fields?: string];

/** The fields of each list. */
const PAGE = "limit# starting_after ending_before created_from created_before";

const CARD = "card.number card.expiry_month# card.expiry_year# card.cvv card.holder_name card.token";
const METHOD = `method ${CARD} upi.vpa return_url`;
const ENDPOINT = "url description events[] headers{} retry_schedule status";
const CUSTOMER = "customer.email customer.name customer.phone";

export const nouns = {
  orders: {
    about: "What is to be paid, once, by as many payments as it takes",
    columns: "id status amount amount_due currency receipt created_at",
    verbs: {
      list: ["GET /v1/orders", "newest first", `status receipt ${PAGE}`],
      get: ["GET /v1/orders/{id}", "one"],
      create: ["POST /v1/orders", "note what is to be paid", "amount# currency receipt notes{}"],
    },
  },
  payments: {
    about: "Payments of your merchant",
    columns: "id status amount currency method order_id created_at",
    verbs: {
      list: ["GET /v1/payments", "newest first", `status order_id ${PAGE}`],
      get: ["GET /v1/payments/{id}", "one, with its attempts"],
      timeline: ["GET /v1/payments/{id}/timeline", "all that happened to it, and why it is where it is"],
      create: [
        "POST /v1/payments",
        "charge an amount, or with `--confirm false` only note it",
        `amount# currency ${METHOD} capture_method confirm? order_id description metadata{} ${CUSTOMER}`,
      ],
      confirm: ["POST /v1/payments/{id}/confirm", "charge one that was only created", METHOD],
      capture: ["POST /v1/payments/{id}/capture", "take what is authorized, or a part of it", "amount# final?"],
      void: ["POST /v1/payments/{id}/void", "give back the rest that is authorized"],
      cancel: ["POST /v1/payments/{id}/cancel", "call it off"],
    },
  },
  refunds: {
    about: "Money given back",
    columns: "id status payment_id amount currency reason created_at",
    verbs: {
      list: ["GET /v1/refunds", "newest first", `status payment_id ${PAGE}`],
      get: ["GET /v1/refunds/{id}", "one"],
      create: ["POST /v1/refunds", "give back a captured payment, or a part of it", "payment_id amount# reason"],
    },
  },
  events: {
    about: "What happened to your money, in the order in which it was written down",
    columns: "id type timestamp data.id data.status",
    verbs: {
      list: ["GET /v1/events", "newest first; `--ending-before ID` gives what came after", `type payment_id ${PAGE}`],
      get: ["GET /v1/events/{id}", "one, as its webhook carries it"],
    },
    acts: { resend: { usage: "resend ID [--endpoint ID]", summary: "send its webhook again to each endpoint that was owed it" } },
  },
  "webhook-endpoints": {
    about: "Where events are sent",
    columns: "id status url events description created_at",
    verbs: {
      list: ["GET /v1/webhook-endpoints", "all of them"],
      get: ["GET /v1/webhook-endpoints/{id}", "one"],
      create: ["POST /v1/webhook-endpoints", "add one; its secret is shown once", ENDPOINT],
      update: ["PATCH /v1/webhook-endpoints/{id}", "change it", ENDPOINT],
      delete: ["DELETE /v1/webhook-endpoints/{id}", "remove it"],
      "rotate-secret": ["POST /v1/webhook-endpoints/{id}/rotate-secret", "a new secret beside the old one", "overlap_seconds#"],
      test: ["POST /v1/webhook-endpoints/{id}/test", "send it a test event"],
    },
  },
  keys: {
    about: "API keys of your merchant, in the mode of the key that asks",
    columns: "id name key scopes last_used_at expires_at revoked_at created_at",
    verbs: {
      list: ["GET /v1/keys", "those in force first"],
      get: ["GET /v1/keys/{id}", "one"],
      create: ["POST /v1/keys", "make one; its secret is shown once", "name scopes[]"],
      update: ["PATCH /v1/keys/{id}", "change its name or what it may do", "name scopes[]"],
      rotate: ["POST /v1/keys/{id}/rotate", "a new one in its place, beside it for a while", "overlap_seconds#"],
      revoke: ["DELETE /v1/keys/{id}", "end it, everywhere within a second"],
    },
  },
  deliveries: {
    about: "Webhooks that are owed or were sent",
    columns: "id status event_type event_id payment_id tries_made last_status_code next_try_at created_at",
    verbs: {
      list: ["GET /v1/deliveries", "newest first", `status payment_id event_type endpoint_id ${PAGE}`],
      get: ["GET /v1/deliveries/{id}", "one, with each try"],
      retry: ["POST /v1/deliveries/{id}/retry", "send it again, with its whole schedule"],
      recover: [
        "POST /v1/deliveries/recover",
        "send all again that match; with `--dry-run true` only count them",
        "status endpoint_id event_types[] created_from created_before limit# per_second# dry_run?",
      ],
    },
  },
  logs: {
    about: "What became of a request that changed or refused something",
    columns: "id method route status error_code payment_id resource_id created_at",
    verbs: {
      get: ["GET /v1/requests/{id}", "by the Request-Id of its answer"],
    },
    acts: { tail: { usage: "tail [--type TYPE]", summary: "a line for each event as it happens, until Ctrl-C" } },
  },
  cases: {
    about: "Cases that a person must look at, by the API",
    columns: "id status kind payment_id opened_at summary",
    verbs: {
      list: ["GET /v1/cases", "newest first", `status kind payment_id ${PAGE}`],
      get: ["GET /v1/cases/{id}", "one, with its evidence and what to do"],
      resolve: ["POST /v1/cases/{id}/resolve", "say that a person has settled it; moves no money", "reason by"],
    },
  },
} as const satisfies Readonly<Record<string, Noun>>;

export type NounName = keyof typeof nouns;

/** Noun and verb of those that are more than a request. */
export type ActName = "events resend" | "logs tail";

export function verbNames({ verbs, acts = {} }: Noun): string[] {
  return [...Object.keys(verbs), ...Object.keys(acts)];
}
