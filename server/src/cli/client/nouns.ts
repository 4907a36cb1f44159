import { lookingNouns } from "./looking-nouns.ts";
import { allMethodFields } from "../../core/methods/method.ts";

/**
 * The commands that are one request to the API each: a line per route. Its fields are options; a sign after the name says what they
 * take: `#` an integer, `?` true or false, `[]` texts with commas between, `{}` JSON, nothing: text. A point leads into an object: `card.number` is `--card-number`.
 */
export interface Noun {
  /** One sentence for the help. */
  readonly about: string;
  /** What a table shows, as members of a row. */
  readonly columns: string;
  /** It is the operator's, and sends the operator key. */
  readonly asOperator?: true;
  readonly verbs: Readonly<Record<string, Verb>>;
  /** The verb that is meant without one: its first field is what was typed. */
  readonly plain?: string;
  /** Verbs that are more than a request; `acts` runs them. */
  readonly acts?: Readonly<Record<string, Act>>;
}

interface Act {
  readonly usage: string;
  readonly summary: string;
  /** Those that it hands on as a query. */
  readonly fields?: string;
  /** It asks no API. */
  readonly overDatabase?: true;
}

/** `{id}` and `{key_id}` in the route are the verb's arguments. A GET sends its fields as a query, any other method as the body. */
export type Verb = readonly [route: `${"GET" | "POST" | "PATCH" | "PUT" | "DELETE"} /v1/${string}`, summary: string, fields?: string];

/** The fields of each list. */
const PAGE = "limit# starting_after ending_before created_from created_before";

const AMOUNTS = "currency amount_min# amount_max#";
/** What payments are picked by. */
const PICKED = `status method ${AMOUNTS} customer_email last4 connector_account order_id`;

const METHOD = `method ${allMethodFields()
  .map(({ path, field }) => (field.type === "number" ? `${path}#` : path))
  .join(" ")} return_url`;
const ENDPOINT = "url description events[] headers{} retry_schedule status api_version";
const KEY_OF_MERCHANT = "name scopes[] rate_limit_per_second#";
const KEY = `${KEY_OF_MERCHANT} api_version`;
const ACCOUNT = "name priority# status";
const PICKED_LETTERS = ["reason", "queue", "kind", "endpoint_id", "from", "before", "text"];
const LETTERS = `${PICKED_LETTERS.map((field) => `filter.${field}`).join(" ")} limit# dry_run?`;
const SESSION =
  "order_id methods[] return_url cancel_url locale expires_in# customer.email customer.name customer.phone customer.country customer.locale";
const CUSTOMER = "customer.email customer.name customer.phone customer.country customer.locale customer.ip customer.user_agent";

const LINK =
  "amount# open_amount.minimum# open_amount.maximum# open_amount.suggested# currency description uses# expires_at methods[] locale return_url metadata{}";

export const nouns = {
  orders: {
    about: "What is to be paid, once, by as many payments as it takes",
    columns: "id status amount amount_due currency receipt created_at",
    verbs: {
      list: ["GET /v1/orders", "newest first", `status receipt payment_link_id ${AMOUNTS} ${PAGE}`],
      get: ["GET /v1/orders/{id}", "one"],
      create: ["POST /v1/orders", "note what is to be paid", "amount# currency receipt notes{}"],
    },
  },
  links: {
    about: "Payment links: an address that you send to shoppers",
    columns: "id status url amount currency uses times_paid expires_at description",
    verbs: {
      list: ["GET /v1/payment-links", "newest first", `status ${PAGE}`],
      get: ["GET /v1/payment-links/{id}", "one, with how often it was paid"],
      create: ["POST /v1/payment-links", "make one; its `url` is what you send, its `qr_url` what you print", LINK],
      deactivate: ["POST /v1/payment-links/{id}/deactivate", "switch it off, for good"],
    },
  },
  sessions: {
    about: "Pages on which a shopper pays an order",
    columns: "id status order_id locale expires_at created_at",
    verbs: {
      get: ["GET /v1/checkout/sessions/{id}", "one, with the link to its page"],
      create: ["POST /v1/checkout/sessions", "a page for an order; give the shopper its link", SESSION],
      cancel: ["POST /v1/checkout/sessions/{id}/cancel", "close it, and call off a payment that waits for its shopper"],
    },
  },
  payments: {
    about: "Payments of your merchant",
    columns: "id status amount currency method order_id created_at",
    verbs: {
      list: ["GET /v1/payments", "newest first", `${PICKED} ${PAGE}`],
      get: ["GET /v1/payments/{id}", "one, with its attempts"],
      timeline: ["GET /v1/payments/{id}/timeline", "all that happened to it, and why it is where it is"],
      create: [
        "POST /v1/payments",
        "charge an amount, or with `--confirm false` only note it",
        `amount# currency ${METHOD} capture_method confirm? order_id description metadata{} ${CUSTOMER}`,
      ],
      update: ["PATCH /v1/payments/{id}", "change its description and metadata", "description metadata{}"],
      confirm: ["POST /v1/payments/{id}/confirm", "charge one that was only created", METHOD],
      capture: ["POST /v1/payments/{id}/capture", "take what is authorized, or a part of it", "amount# final?"],
      void: ["POST /v1/payments/{id}/void", "give back the rest that is authorized"],
      cancel: ["POST /v1/payments/{id}/cancel", "call it off"],
    },
    acts: {
      export: {
        usage: "export [--out FILE] [options]",
        summary: "all that the filters pick as CSV, of any length, to standard output or a file",
        fields: `${PICKED} created_from created_before time_zone`,
      },
    },
  },
  refunds: {
    about: "Money given back",
    columns: "id status payment_id amount currency reason created_at",
    verbs: {
      list: ["GET /v1/refunds", "newest first", `status payment_id ${AMOUNTS} ${PAGE}`],
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
    columns: "id name key scopes api_version rate_limit_per_second last_used_at expires_at revoked_at created_at",
    verbs: {
      list: ["GET /v1/keys", "those in force first"],
      get: ["GET /v1/keys/{id}", "one"],
      create: ["POST /v1/keys", "make one; its secret is shown once", KEY],
      update: ["PATCH /v1/keys/{id}", "change its name, what it may do, how often, or its version of the API", KEY],
      rotate: ["POST /v1/keys/{id}/rotate", "a new one in its place, beside it for a while", "overlap_seconds#"],
      revoke: ["DELETE /v1/keys/{id}", "end it, everywhere within a second"],
    },
  },
  routing: {
    about: "Which connector account a payment goes to",
    columns: "version rules warnings updated_at",
    verbs: { get: ["GET /v1/routing-rules", "the rules, in their order"] },
    acts: {
      set: { usage: "set FILE", summary: "replace the rules by those of a file, as `routing get --json` shows them" },
      explain: { usage: "explain FILE", summary: "where such a payment would go now, and why; the file is what creates a payment" },
    },
  },
  accounts: {
    about: "Accounts of your merchant at gateways, in the mode of the key that asks",
    columns: "id name connector priority status verified_at closed_at created_at",
    verbs: {
      connectors: ["GET /v1/connectors", "the gateways, and what an account of each is made of"],
      list: ["GET /v1/connector-accounts", "those that are not closed first, by priority"],
      get: ["GET /v1/connector-accounts/{id}", "one, without its secrets"],
      create: [
        "POST /v1/connector-accounts",
        "make one; give its credentials by `--data @FILE` to keep them from others",
        `connector ${ACCOUNT} credentials{} verify?`,
      ],
      update: ["PATCH /v1/connector-accounts/{id}", "change its name or priority, or whether it gets new charges", ACCOUNT],
      rotate: [
        "POST /v1/connector-accounts/{id}/rotate",
        "other credentials; the webhook secret before is accepted for a while",
        "credentials{} overlap_seconds# verify?",
      ],
      test: ["POST /v1/connector-accounts/{id}/test", "ask the gateway whether it accepts the credentials"],
      sweep: ["POST /v1/connector-accounts/{id}/sweep", "compare its books with the gateway's list now"],
      "sweep-status": ["GET /v1/connector-accounts/{id}/sweep", "how far that comparison has come, and what it found"],
      disable: ["DELETE /v1/connector-accounts/{id}", "close it for good; `update --status disabled` does it until you enable it again"],
    },
  },
  "checkout-settings": {
    about: "How your checkouts look, and which pages may show them in a frame",
    columns: "name color origins",
    verbs: {
      get: ["GET /v1/checkout/settings", "as they stand"],
      set: ["PUT /v1/checkout/settings", "all of them at once: what you leave out is unset", "name color logo origins[]"],
    },
  },
  settings: {
    about: "What you set for both modes",
    columns: "time_zone",
    verbs: {
      get: ["GET /v1/settings", "as they stand"],
      set: ["PUT /v1/settings", "where your days begin, and which refunds a person must confirm", "time_zone refund_limits{}"],
    },
  },
  "email-settings": {
    about: "Which outcomes your shoppers are told by e-mail, and how",
    columns: "enabled from_name reply_to outcomes locale sent_by",
    verbs: {
      get: ["GET /v1/email-settings", "as they stand"],
      set: [
        "PUT /v1/email-settings",
        "all of them at once: what you leave out is set back to its default",
        "enabled? from_name reply_to line outcomes[] locale",
      ],
    },
  },
  emails: {
    about: "E-mails that were kept instead of sent: where there is no mail server, for tests",
    columns: "captured_at to subject delivery_id",
    verbs: {
      list: ["GET /v1/test/emails", "newest first", "limit#"],
      page: ["GET /v1/test/emails/page", "the link to the page that shows them; whoever has it sees them"],
    },
  },
  merchants: {
    about: "Merchants of this installation, for its operator",
    columns: "id name email time_zone created_at",
    asOperator: true,
    verbs: {
      list: ["GET /v1/merchants", "newest first", PAGE],
      get: ["GET /v1/merchants/{id}", "one"],
      create: ["POST /v1/merchants", "make one, with a test key; its secret is shown once", "name email time_zone"],
      update: ["PATCH /v1/merchants/{id}", "set its time zone", "time_zone"],
      keys: ["GET /v1/merchants/{id}/keys", "its API keys in both modes, those in force first", "mode"],
      "create-key": ["POST /v1/merchants/{id}/keys", "make it a key; its secret is shown once", `mode ${KEY_OF_MERCHANT}`],
      "update-key": ["PATCH /v1/merchants/{id}/keys/{key_id}", "change a key of it, also to a faster one", KEY_OF_MERCHANT],
      "revoke-key": ["DELETE /v1/merchants/{id}/keys/{key_id}", "end a key of it, everywhere within a second"],
    },
  },
  deliveries: {
    about: "Webhooks and e-mails that are owed or were sent",
    columns: "id status channel event_type event_id payment_id tries_made last_status_code next_try_at created_at",
    verbs: {
      list: ["GET /v1/deliveries", "newest first", `status payment_id event_type endpoint_id ${PAGE}`],
      get: ["GET /v1/deliveries/{id}", "one, with each try"],
      retry: ["POST /v1/deliveries/{id}/retry", "send it again, also one that arrived, with its whole schedule"],
      recover: [
        "POST /v1/deliveries/recover",
        "send all again that match; with `--dry-run true` only count them",
        "status endpoint_id event_types[] created_from created_before limit# per_second# dry_run?",
      ],
    },
  },
  "dead-letters": {
    about: "Work that could not be finished: webhooks that failed, jobs that go on failing, messages that can't be read",
    columns: "id reason kind subject payment_id detail at count count_is_capped",
    verbs: {
      list: [
        "GET /v1/dead-letters",
        "failing jobs first, then deliveries, newest first",
        `${PICKED_LETTERS.join(" ")} limit# starting_after`,
      ],
      groups: ["GET /v1/dead-letters/groups", "how many there are for each reason", PICKED_LETTERS.join(" ")],
      replay: ["POST /v1/dead-letters/{id}/replay", "do one again from its start", "reason by"],
      discard: ["POST /v1/dead-letters/{id}/discard", "end one; work on money goes on and is only acknowledged", "reason by"],
      "replay-all": [
        "POST /v1/dead-letters/replay",
        "do all again that match; with `--dry-run true` only count them",
        `${LETTERS} per_second# reason by`,
      ],
      "discard-all": ["POST /v1/dead-letters/discard", "discard all that match", `${LETTERS} reason by`],
    },
  },
  ...lookingNouns,
  cases: {
    about: "Cases that a person must look at, by the API",
    columns: "id status kind payment_id opened_at summary",
    verbs: {
      list: ["GET /v1/cases", "newest first", `status kind payment_id ${PAGE}`],
      get: ["GET /v1/cases/{id}", "one, with its evidence and what to do"],
      resolve: ["POST /v1/cases/{id}/resolve", "say that a person has settled it; moves no money", "reason by"],
      "resolve-all": [
        "POST /v1/cases/resolve",
        "resolve all open ones that match; with `--dry-run true` only count them",
        "filter.kind filter.from filter.before limit# dry_run? reason by",
      ],
    },
  },
} as const satisfies Readonly<Record<string, Noun>>;

export type NounName = keyof typeof nouns;

/** Noun and verb of those that are more than a request. */
export type ActName = "payments export" | "analytics rebuild" | "events resend" | "logs tail" | "routing set" | "routing explain";

export function verbNames({ verbs, acts = {} }: Noun): string[] {
  return [...Object.keys(verbs), ...Object.keys(acts)];
}
