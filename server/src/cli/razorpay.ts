/** `gateway razorpay`: a simulated Razorpay as a process of its own, for trials and tests without an account there. */
import { parseArgs } from "node:util";
import { createRazorpayFarSide } from "@tillway/sandbox";
import { VARIABLES } from "../config/variables.ts";
import { UsageError } from "./explain.ts";
import { serveFarSide } from "./far-side.ts";

const RAZORPAY_PORT = 8_003;
/** Known to everybody: this far side guards nothing. */
const KEY_ID = "rzp_test_TillwayFarSide";
const KEY_SECRET = "tillway_far_side";
const WEBHOOK_SECRET = "tillway_far_side_webhooks";

export async function runRazorpay(argv: string[]): Promise<number> {
  const options = readOptions(argv);
  const { keyId, keySecret, webhook, journalPath } = options;
  const hook = { webhook_url: webhook?.url ?? null, webhook_secret: webhook?.secret ?? null };
  return serveFarSide(
    options,
    (opening) => createRazorpayFarSide({ ...opening, merchants: [options], journalPath }),
    (url) => ({ json: { url, key_id: keyId, key_secret: keySecret, ...hook }, notes: razorpayNotes({ url, ...options }) }),
  );
}

export interface RazorpayCliOptions {
  readonly port: number;
  readonly keyId: string;
  readonly keySecret: string;
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly journalPath: string | null;
  readonly json: boolean;
}

/** Throws `UsageError` that names what is wrong. */
export function readOptions(argv: string[]): RazorpayCliOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: "string" },
      journal: { type: "string" },
      "key-id": { type: "string" },
      "key-secret": { type: "string" },
      "webhook-url": { type: "string" },
      "webhook-secret": { type: "string" },
      json: { type: "boolean" },
    },
  });
  const { port: portText, "key-id": keyId = KEY_ID, "key-secret": keySecret = KEY_SECRET, "webhook-url": url } = values;
  const port = portText === undefined ? RAZORPAY_PORT : VARIABLES.SANDBOX_PORT.parse(portText);
  if (port === undefined) throw new UsageError(`--port is ${JSON.stringify(portText)}, which is not ${VARIABLES.SANDBOX_PORT.form}.`);
  if (!/^rzp_test_\w+$/.test(keyId)) throw new UsageError("--key-id has the form rzp_test_…, with letters, digits and underscores.");
  if (!/^\w+$/.test(keySecret)) throw new UsageError("--key-secret needs letters, digits and underscores.");
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url)))
    throw new UsageError("--webhook-url is no address. Give one with http:// or https:// in front.");
  if (url === undefined && values["webhook-secret"] !== undefined)
    throw new UsageError("--webhook-secret signs webhooks: name where they go with --webhook-url.");
  const webhook = url === undefined ? null : { url, secret: values["webhook-secret"] ?? WEBHOOK_SECRET };
  return { port, keyId, keySecret, webhook, journalPath: values.journal ?? null, json: values.json ?? false };
}

/** What a first user needs to have Tillway pay through it. */
export function razorpayNotes(options: Omit<RazorpayCliOptions, "port" | "json"> & { readonly url: string }): string[] {
  const { url, keyId, keySecret, webhook, journalPath } = options;
  return [
    `A simulated Razorpay listens on ${url}; its books are in ${journalPath ?? "memory"}.`,
    `  for Tillway      RAZORPAY_URL=${url}`,
    `  of its account   key_id ${keyId}, key_secret ${keySecret}`,
    webhook === null
      ? "  webhooks         go nowhere: start it with --webhook-url, or POST /_webhooks"
      : `  webhooks         go to ${webhook.url}, webhook_secret ${webhook.secret}`,
    "  card tokens      token_AbroadSuccess is captured at once, token_AbroadDeclined is not, token_VisaSuccess asks for an OTP",
    "                   (4 to 10 digits); the cards that Razorpay publishes are known by their numbers as well",
    "  UPI              without a VPA the payer pays by a link, after 2 s; success@razorpay and failure@razorpay for requests",
    "  its books        GET /_books; faults by POST /_faults, webhooks by POST /_webhooks, what a bank does by POST /_payments/ID/approve,",
    "                   fail, authorize or lapse (this machine only)",
  ];
}
