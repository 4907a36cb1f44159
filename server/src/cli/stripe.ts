/** `gateway stripe`: a simulated Stripe as a process of its own, for trials and tests without an account there. */
import { parseArgs } from "node:util";
import { createStripeFarSide, STRIPE_PUBLISHABLE_KEY, STRIPE_TEST_KEY } from "@tillway/sandbox";
import { VARIABLES } from "../config/variables.ts";
import { UsageError } from "./explain.ts";
import { serveFarSide } from "./far-side.ts";

const STRIPE_PORT = 8_002;
/** Known to everybody, as the key is: this far side guards nothing. */
const WEBHOOK_SECRET = "whsec_tillway_far_side";

export async function runStripe(argv: string[]): Promise<number> {
  const options = readOptions(argv);
  const { secretKey, webhook, journalPath } = options;
  return serveFarSide(
    options,
    (opening) => createStripeFarSide({ ...opening, secretKeys: [secretKey], webhook, journalPath }),
    (url) => ({
      json: { url, secret_key: secretKey, webhook_url: webhook?.url ?? null, webhook_secrets: webhook?.secrets ?? [] },
      notes: stripeNotes({ url, ...options }),
    }),
  );
}

export interface StripeCliOptions {
  readonly port: number;
  readonly secretKey: string;
  readonly webhook: { readonly url: string; readonly secrets: readonly string[] } | null;
  readonly journalPath: string | null;
  readonly json: boolean;
}

/** Throws `UsageError` that names what is wrong. */
export function readOptions(argv: string[]): StripeCliOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: "string" },
      journal: { type: "string" },
      "secret-key": { type: "string" },
      "webhook-url": { type: "string" },
      "webhook-secret": { type: "string", multiple: true },
      json: { type: "boolean" },
    },
  });
  const { port: portText, "secret-key": secretKey = STRIPE_TEST_KEY, "webhook-url": url, "webhook-secret": secrets } = values;
  const port = portText === undefined ? STRIPE_PORT : VARIABLES.SANDBOX_PORT.parse(portText);
  if (port === undefined) throw new UsageError(`--port is ${JSON.stringify(portText)}, which is not ${VARIABLES.SANDBOX_PORT.form}.`);
  if (!/^[A-Za-z0-9_]{8,}$/.test(secretKey))
    throw new UsageError("--secret-key needs letters, digits and underscores, as in sk_test_mine.");
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url)))
    throw new UsageError("--webhook-url is no address. Give one with http:// or https:// in front.");
  if (url === undefined && secrets !== undefined)
    throw new UsageError("--webhook-secret signs webhooks: name where they go with --webhook-url.");
  const webhook = url === undefined ? null : { url, secrets: secrets ?? [WEBHOOK_SECRET] };
  return { port, secretKey, webhook, journalPath: values.journal ?? null, json: values.json ?? false };
}

/** What a first user needs to have Tillway pay through it. */
export function stripeNotes(options: Omit<StripeCliOptions, "port" | "json"> & { readonly url: string }): string[] {
  const { url, secretKey, webhook, journalPath } = options;
  return [
    `A simulated Stripe listens on ${url}; its books are in ${journalPath ?? "memory"}.`,
    `  for Tillway      STRIPE_URL=${url}`,
    `  of its account   secret_key ${secretKey}, publishable_key ${STRIPE_PUBLISHABLE_KEY}`,
    webhook === null
      ? "  webhooks         go nowhere: start it with --webhook-url, or POST /v1/webhook_endpoints"
      : `  webhooks         go to ${webhook.url}, webhook_secret ${webhook.secrets.join(" and ")}`,
    "  card tokens      pm_card_visa is approved, pm_card_visa_chargeDeclined is not, pm_card_authenticationRequired asks the shopper,",
    "                   pm_card_refundFail and pm_card_pendingRefund for refunds; all others as Stripe publishes them",
    "  its books        GET /_books, its calls GET /_calls; faults by POST /_faults, webhooks by POST /_webhooks (this machine only)",
  ];
}
