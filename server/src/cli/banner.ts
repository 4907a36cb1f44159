import { testKeysFile, type TestKeys } from "./home.ts";

type Facts = Readonly<{
  url: string;
  checkoutUrl: string;
  dashboardUrl: string;
  /** By which the first owner sets a password; null: that was done. */
  signInUrl: string | null;
  /** Null: e-mails are sent. */
  emailsUrl: string | null;
  keys: TestKeys;
  homeDir: string;
  /** A file or a variable: the operator may do more than one merchant, so the key itself is not shown. */
  operatorKeyPlace: string;
  ownDatabase: boolean;
  tookMs: number;
}>;

/** The text after the start: the addresses, the keys, and a first payment to paste. */
export function banner(facts: Facts): string {
  const database = facts.ownDatabase ? `own PostgreSQL, data in ${facts.homeDir}` : "the PostgreSQL of DATABASE_URL";
  const emails = facts.emailsUrl === null ? "sent by the mail server of SMTP_URL" : facts.emailsUrl;
  const firstSignIn = facts.signInUrl === null ? "" : ` — first sign-in: ${facts.signInUrl}`;
  return `
Tillway is ready (${(facts.tookMs / 1000).toFixed(1)} s).

  API        ${facts.url}/v1        described at ${facts.url}/v1/openapi.json
  Checkout   ${facts.checkoutUrl}        a page to pay an order: npx tillway sessions create --order-id ord_…
  Dashboard  ${facts.dashboardUrl}${firstSignIn}
  E-mails    ${emails}
  Docs       ${facts.url}/docs
  Health     ${facts.url}/health/ready
  Database   ${database}
  Gateway    sandbox, in this process: no real money anywhere

  Test merchant (kept in ${testKeysFile(facts.homeDir)})
  X-Api-Key     ${facts.keys.key}
  X-Api-Secret  ${facts.keys.secret}

  More merchants: \`npx tillway merchants create\`, by the operator key in ${facts.operatorKeyPlace}

The keys as variables, as the documents use them:

${exportKeys(facts.keys)}

A first payment, to paste into another terminal:

${firstPayment(facts)}

Stop with Ctrl-C; the data stays.
`;
}

/** One line that sets the key and secret in a shell, or in the command prompt of Windows. Keys need no quotes. */
export function exportKeys({ key, secret }: TestKeys, platform: NodeJS.Platform = process.platform): string {
  if (platform === "win32") return `set TILLWAY_KEY=${key}&& set TILLWAY_SECRET=${secret}`;
  return `export TILLWAY_KEY=${key} TILLWAY_SECRET=${secret}`;
}

/** One line that succeeds as it is: the success card, charged in the background. On Windows it is quoted for its command prompt. */
export function firstPayment({ url, keys }: Pick<Facts, "url" | "keys">, platform: NodeJS.Platform = process.platform): string {
  const body = {
    amount: 129900,
    currency: "INR",
    method: "card",
    card: { number: "4242424242424242", expiry_month: 12, expiry_year: 2035, cvv: "123", holder_name: "Asha Rao" },
  };
  const quote = platform === "win32" ? (text: string) => `"${text.replaceAll('"', '\\"')}"` : (text: string) => `'${text}'`;
  const headers = [`X-Api-Key: ${keys.key}`, `X-Api-Secret: ${keys.secret}`, "Content-Type: application/json"];
  const options = [...headers.map((header) => `-H ${quote(header)}`), `-d ${quote(JSON.stringify(body))}`];
  return `curl -s ${url}/v1/payments ${options.join(" ")}`;
}
