/** A checkout that does what the test says, and a shop of another site whose policy allows nothing but the checkout. */
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "vite";

const root = join(import.meta.dirname, "../..");
const modules = join(root, "sdk/esm/dist/checkout");

export interface StandIn {
  readonly shop: string;
  readonly checkout: string;
  /** The loader as shops get it. */
  readonly loader: string;
  /** Addresses that were asked for at the checkout. */
  readonly asked: string[];
  close(): void;
}

/** What the page does is in its key: `pk_test_hung` is never ready, `pk_test_liar` knows no nonce, `pk_test_refused` may not be framed. */
const embed = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Checkout</title><link rel="icon" href="data:,">
<label>Name <input id="name"></label><button id="pay">Pay</button><button id="decline">Decline</button><button id="leave">Leave</button>
<p id="status"></p><script type="module" src="/embed.js"></script></html>`;

const embedScript = `
import { connect } from "/modules/frame.js";
const at = (id) => document.getElementById(id);
const key = new URLSearchParams(location.search).get("key");
if (key === "pk_test_liar") addEventListener("message", ({ ports: [port] }) => {
  for (const message of [{ type: "ready", nonce: "0".repeat(32) }, { type: "ready" }, { type: "result", status: "succeeded", paymentId: "pay_liar", error: null }, null, "ready"])
    port.postMessage(message);
});
globalThis.connections = 0;
const shop = await connect();
connections++;
at("status").textContent = JSON.stringify(shop.open);
if (key.startsWith("pk_test_shop")) { shop.ready(); shop.height(321); }
const leave = () => shop.wantClose(at("name").value !== "");
shop.onClose(() => { if (at("name").value === "") leave(); else at("status").textContent = "Leave? What you typed is lost."; });
at("pay").onclick = () => { for (let n = 0; n < 3; n++) shop.result({ status: "succeeded", paymentId: "pay_1", error: null }); };
at("decline").onclick = () => shop.result({ status: "failed", paymentId: "pay_2", error: { code: "card_declined", message: "No." } });
at("leave").onclick = leave;
`;

const shopScript = `
globalThis.calls = [];
globalThis.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI));
globalThis.options = (more) => ({
  key: "pk_test_shop", orderId: "ord_1", clientSecret: "ord_1_secret_x",
  onSuccess: (result) => calls.push(["success", result.status, result.paymentId]),
  onFailure: (result) => calls.push(["failure", result.status, result.error.code]),
  onClose: () => calls.push(["close"]),
  ...more,
});
globalThis.start = (more) => {
  globalThis.handle = Tillway.open(options(more));
  handle.result.then((result) => calls.push(["promise", result.status]));
};
document.getElementById("buy").addEventListener("click", () => start());
`;

const shopPage = (
  checkout: string,
) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="/icon">
<h1>Shop</h1><div id="place"></div><button id="buy">Buy</button><a id="end" href="/icon">End</a>
<script src="${checkout}/checkout.js"></script><script src="/shop.js"></script><script type="module" src="/tall.js"></script></html>`;

/** By CSSOM, as the policy wants it: the page is three windows high. */
const tallScript = `document.getElementById("end").style.marginTop = "300vh"; document.getElementById("end").style.display = "block";`;

export async function openStandIn(): Promise<StandIn> {
  const asked: string[] = [];
  const loader = await loaderScript();
  const send = (response: ServerResponse, type: string, body: string, headers: Record<string, string> = {}) =>
    response.writeHead(200, { "content-type": `${type}; charset=utf-8`, ...headers }).end(body);

  const shop = await serve(async ({ pathname }, response) => {
    const policy = `default-src 'none'; script-src ${checkout.url} 'self'; frame-src ${checkout.url}; img-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types`;
    if (pathname === "/") send(response, "text/html", shopPage(checkout.url), { "content-security-policy": policy });
    else if (pathname === "/shop.js") send(response, "text/javascript", shopScript);
    else if (pathname === "/tall.js") send(response, "text/javascript", tallScript);
    else await sendModule(pathname, response);
  });
  const checkout = await serve(async ({ pathname, searchParams }, response) => {
    asked.push(pathname);
    const parent = searchParams.get("key") === "pk_test_refused" ? "https://other.example" : site(shop.url);
    if (pathname === "/checkout.js") send(response, "text/javascript", loader);
    else if (pathname === "/embed") send(response, "text/html", embed, { "content-security-policy": `frame-ancestors ${parent}` });
    else if (pathname === "/embed.js") send(response, "text/javascript", embedScript);
    else await sendModule(pathname, response);
  });
  return {
    shop: site(shop.url),
    checkout: checkout.url,
    loader,
    asked,
    close: () => [shop, checkout].forEach(({ server }) => server.close().closeAllConnections()),
  };
}

/** Of another site than the checkout, so that browsers keep them apart as they do in life. */
function site(url: string): string {
  return url.replace("127.0.0.1", "localhost");
}

/** As `scripts/checkout.mjs` makes it. */
async function loaderScript(): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      rolldownOptions: { input: join(root, "sdk/src/browser/checkout/script.ts"), output: { format: "iife" } },
    },
  });
  const made = (Array.isArray(result) ? result[0]! : result) as { readonly output: readonly { readonly code: string }[] };
  return made.output[0]!.code;
}

async function sendModule(pathname: string, response: ServerResponse): Promise<void> {
  const [, name] = /^\/modules\/(\w+\.js)$/.exec(pathname) ?? [];
  if (name === undefined) response.writeHead(404).end();
  else response.writeHead(200, { "content-type": "text/javascript" }).end(await readFile(join(modules, name), "utf8"));
}

async function serve(answer: (url: URL, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => {
    answer(new URL(request.url!, "http://stand-in.invalid"), response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
