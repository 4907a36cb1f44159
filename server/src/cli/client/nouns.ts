/**
 * The commands that are one request to the API each: a line per route. Its fields are options; a sign after the name says what they
 * take: `#` an integer, `?` true or false, `{}` JSON, nothing: text. A point leads into an object: `card.number` is `--card-number`.
 */
export interface Noun {
  /** One sentence for the help. */
  readonly about: string;
  /** What a table shows, as members of a row. */
  readonly columns: string;
  readonly verbs: Readonly<Record<string, Verb>>;
}

/** `{id}` in the route is the verb's argument. A GET sends its fields as a query, any other method as the body. */
export type Verb = readonly [route: `${"GET" | "POST" | "PATCH" | "PUT" | "DELETE"} /v1/${string}`, summary: string, fields?: string];

/** The fields of each list. */
const PAGE = "limit# starting_after ending_before";

const CARD = "card.number card.expiry_month# card.expiry_year# card.cvv card.holder_name card.token";
const METHOD = `method ${CARD} upi.vpa return_url`;
const CUSTOMER = "customer.email customer.name customer.phone";

export const nouns = {
  payments: {
    about: "Payments of your merchant",
    columns: "id status amount currency method order_id created_at",
    verbs: {
      list: ["GET /v1/payments", "newest first", `status order_id ${PAGE}`],
      get: ["GET /v1/payments/{id}", "one, with its attempts"],
      create: [
        "POST /v1/payments",
        "charge an amount, or with `--confirm false` only note it",
        `amount# currency ${METHOD} capture_method confirm? order_id description metadata{} ${CUSTOMER}`,
      ],
      confirm: ["POST /v1/payments/{id}/confirm", "charge one that was only created", METHOD],
      capture: ["POST /v1/payments/{id}/capture", "take what is authorized"],
      cancel: ["POST /v1/payments/{id}/cancel", "call it off"],
    },
  },
  deliveries: {
    about: "Webhooks that are owed or were sent",
    columns: "id status event_id payment_id tries_made last_status_code next_try_at created_at",
    verbs: {
      list: ["GET /v1/deliveries", "newest first", `status payment_id ${PAGE}`],
      get: ["GET /v1/deliveries/{id}", "one, with each try"],
      retry: ["POST /v1/deliveries/{id}/retry", "send it again, with its whole schedule"],
    },
  },
  cases: {
    about: "Cases that a person must look at, by the API",
    columns: "id status kind payment_id opened_at summary",
    verbs: {
      list: ["GET /v1/cases", "newest first", `status ${PAGE}`],
      get: ["GET /v1/cases/{id}", "one, with its evidence"],
    },
  },
} as const satisfies Readonly<Record<string, Noun>>;

export type NounName = keyof typeof nouns;
