/** The built page of the checkout, with a contract that answers what a scene says: for looking at states that a real server is in for moments. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { examplePayment } from "../../checkout/src/examples.ts";
import type { Scene } from "../../checkout/src/states.ts";
import { cardPage } from "../../sandbox/src/card-form.ts";
import { policyText } from "../../server/src/checkout/policy.ts";

const folder = join(import.meta.dirname, "../../server/dist/checkout-page");

interface Site {
  readonly files: Readonly<Record<string, { readonly file: string; readonly type: string }>>;
}

export interface FakeCheckout {
  readonly url: string;
  /** Where the next page is that plays a scene. `locale` is what the session names. */
  play(scene: Scene, locale: string): string;
  close(): Promise<void>;
}

interface Played {
  readonly scene: Scene;
  readonly locale: string;
}

export async function openFakeCheckout(): Promise<FakeCheckout> {
  const site = JSON.parse(readFileSync(join(folder, "site.json"), "utf8")) as Site;
  const played: Played[] = [];
  const server = createServer((request, reply) => {
    const { pathname, searchParams } = new URL(request.url!, url);
    const send = (type: string, body: string | Buffer, headers: Record<string, string>): void =>
      void reply.writeHead(200, { "content-type": type, ...headers }).end(body);
    const link = /^\/v1\/checkout\/links\/(\d+)$/.exec(pathname)?.[1];
    if (link !== undefined) return answerLink(played[Number(link)]!, reply);
    if (pathname.startsWith("/v1/checkout"))
      return answer(played[Number(request.headers["x-client-secret"])]!, { request, reply, pathname, url });
    if (pathname === "/shop")
      return send("text/html; charset=utf-8", shopPage.replace("/shop.js", `/shop.js?scene=${searchParams.get("scene")}`), {
        "content-security-policy": "default-src 'self'",
      });
    if (pathname === "/shop.js") return send("text/javascript", shopScript(Number(searchParams.get("scene")), played), {});
    if (pathname === "/card-frame") return send("text/html; charset=utf-8", cardPage("/card-frame.js", "Card").body, {});
    if (pathname === "/card-frame.js") return send("text/javascript", cardFrameScript, {});
    const page = /^\/[cl](?=\/)/.exec(pathname)?.[0];
    const file = site.files[page ?? pathname];
    if (!file) return void reply.writeHead(404).end();
    const policy = policyOf(played.at(-1)?.scene, url);
    send(file.type, readFileSync(join(folder, `${file.file}.gz`)), { "content-security-policy": policy, "content-encoding": "gzip" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    play(scene, locale) {
      const number = played.push({ scene, locale }) - 1;
      if (scene.at === "return") return `${url}/return?payment_id=pay_1&status=succeeded`;
      if (scene.at === "link") return `${url}/l/${number}`;
      return scene.at === undefined ? `${url}/c/cs_${number}#${number}&key=pk_test_fake` : `${url}/shop?scene=${number}`;
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

function answerLink({ scene: { link }, locale }: Played, reply: ServerResponse): void {
  if (!link) return void reply.destroy();
  const [status, body] = link === 404 ? [404, { error: { code: "not_found", message: "None." } }] : [200, { ...link, locale }];
  reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** The server's own: whatever it forbids is forbidden here. */
function policyOf(scene: Scene | undefined, url: string): string {
  const csp = { script: [], frame: [url], connect: [] };
  const fields = scene?.cardFields ? [{ csp, trustedTypes: true }] : [];
  return policyText({ frames: scene?.at === undefined || scene.at === "link" ? [] : [url], fields });
}

const shopPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shop</title><main><h1>Shop</h1><div id="here"></div></main><script src="/checkout.js"></script><script src="/shop.js"></script></html>`;

function shopScript(number: number, played: readonly Played[]): string {
  const { scene, locale } = played[number]!;
  const options = {
    key: "pk_test_fake",
    orderId: `ord_${number}`,
    clientSecret: String(number),
    locale,
    mode: scene.at,
    container: "#here",
  };
  return `Tillway.open(${JSON.stringify(options)});`;
}

/** Says that it is there, and no more. */
const cardFrameScript = `addEventListener("message", ({ ports: [port] }) => port.postMessage({ type: "ready" }));`;

interface Asked {
  readonly request: IncomingMessage;
  readonly reply: ServerResponse;
  readonly pathname: string;
  readonly url: string;
}

function answer({ scene, locale }: Played, { request, reply, pathname: path, url }: Asked): void {
  const say = (status: number, body: object): void => {
    reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const { view, pay, token, cardFields } = scene;
  if (path === "/v1/checkout") {
    if (view === "silence") return;
    if (view === null) return void reply.destroy();
    if (view === 401) return say(401, { error: { code: "invalid_client_secret", message: "Not this one." } });
    return say(200, { ...view, locale });
  }
  if (path.endsWith("/tokens"))
    return token
      ? say(token.status, { error: token })
      : say(201, { object: "card_token", token: "tok_fake", network: "visa", last4: "4242" });
  if (path.endsWith("/card-fields")) {
    if (!cardFields) return say(404, { error: { code: "not_found", message: "This gateway has no card fields." } });
    return say(200, { ...cardFields, config: { frame_url: `${url}/card-frame` } });
  }
  if (request.method === "POST" && path.endsWith("/payments")) {
    if (pay === "silence") return;
    if (pay === "drop" || pay === undefined) return void reply.destroy();
    if ("message" in pay) return say(pay.status, { error: pay });
    return say(201, pay);
  }
  const payment = typeof view === "object" && view !== null && view.payment ? view.payment : examplePayment("processing");
  if (!path.endsWith("/stream")) return say(200, payment);
  reply.writeHead(200, { "content-type": "text/event-stream" });
  reply.write(`event: payment\ndata: ${JSON.stringify(payment)}\n\n`);
}
