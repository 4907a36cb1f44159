/** A shop of its own origin: a page that shows whatever card fields a payment gets, under the strictest policy that lets them in. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import type { Json, Merchant } from "../journeys/support/merchant.ts";

const modules = join(import.meta.dirname, "../../sdk/esm/dist/fields");

export interface Shop {
  readonly url: string;
  /** All that came to the shop's server, and all that it was answered by Tillway, as text. */
  readonly seen: string[];
  /** A payment that waits for its card, and the page for it. */
  checkout(body: object): Promise<{ readonly id: string; readonly page: string }>;
  close(): void;
}

/** No word in it names a gateway. */
const pageScript = `
import { mountCardFields } from "/fields/index.js";
const at = (id) => document.getElementById(id);
const id = new URLSearchParams(location.search).get("payment_id");
const post = async (path, body) => (await fetch(path + "?payment_id=" + id, { method: "POST", body: JSON.stringify(body) })).json();
const show = ({ status, error }) => { at("status").textContent = status ?? error.decline_code ?? error.code; };
const offer = await (await fetch("/offer?payment_id=" + id)).json();
const events = {
  ready: () => { at("pay").disabled = false; },
  change: ({ complete }) => { at("pay").dataset.complete = String(complete); },
};
const fields = await mountCardFields(at("card"), offer, events);
at("pay").addEventListener("click", async () => {
  try {
    const payment = await post("/confirm", { method: "card", card: await fields.tokenize() });
    if (payment.next_action?.type === "redirect") return location.assign(payment.next_action.url);
    if (payment.next_action?.type !== "card_fields") return show(payment);
    const { status, proof } = await fields.act(payment.next_action);
    show(proof ? await post("/returned", { proof }) : { status });
  } catch (error) {
    show({ status: error.name + ": " + error.code });
  }
});
`;

const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<h1>Shop</h1><div id="card"></div><button id="pay" disabled>Pay</button><p id="status" role="status"></p>
<script type="module" src="/page.js"></script></html>`;

export async function openShop(merchant: Merchant): Promise<Shop> {
  const seen: string[] = [];
  const ask = async (method: "get" | "post", path: string, body?: object): Promise<Json> => {
    const { json, text } = method === "get" ? await merchant.get(path) : await merchant.post(path, body);
    seen.push(text);
    return json;
  };
  const offerOf = (id: string) => ask("get", `/v1/payments/${id}/card-fields`);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, "http://shop.invalid");
    const id = searchParams.get("payment_id") ?? "";
    let body = "";
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
    seen.push(`${request.url} ${body}`);
    const json = (value: object) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    const script = (text: string) => response.writeHead(200, { "content-type": "text/javascript" }).end(text);
    if (pathname === "/") {
      const headers = { "content-type": "text/html", "content-security-policy": policyFor(await offerOf(id)) };
      response.writeHead(200, headers).end(html);
    } else if (pathname === "/page.js") script(pageScript);
    else if (/^\/fields\/\w+\.js$/.test(pathname)) script(await readFile(join(modules, pathname.slice("/fields/".length)), "utf8"));
    else if (pathname === "/offer") json(await offerOf(id));
    else if (pathname === "/confirm" || pathname === "/returned") {
      const back = pathname === "/confirm" ? { return_url: `${url}/back` } : {};
      json(await ask("post", `/v1/payments/${id}${pathname}`, { ...(JSON.parse(body) as object), ...back }));
    } else if (pathname === "/back") response.writeHead(200, { "content-type": "text/html" }).end("<title>Back</title>");
    else response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen,
    async checkout(body) {
      const { id } = await ask("post", "/v1/payments", body);
      return { id, page: `${url}/?payment_id=${id}` };
    },
    close: () => server.close().closeAllConnections(),
  };
}

function policyFor({ csp }: Json): string {
  const list = (origins: readonly string[]): string => origins.map((origin) => ` ${origin}`).join("");
  return [
    "default-src 'none'",
    `script-src 'self'${list(csp.script_src)}`,
    `frame-src${list(csp.frame_src) || " 'none'"}`,
    `connect-src 'self'${list(csp.connect_src)}`,
    "img-src data:",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types tillway-fields",
  ].join("; ");
}
