/** The built page of the checkout, with a contract that answers what a scene says: for looking at states that a real server is in for moments. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { examplePayment, type Scene } from "../../checkout/src/states.ts";

const folder = join(import.meta.dirname, "../../server/dist/checkout-page");

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types tillway-fields";

interface Site {
  readonly files: Readonly<Record<string, { readonly file: string; readonly type: string }>>;
}

export interface FakeCheckout {
  readonly url: string;
  /** What the next page gets. `locale` is what the session names. */
  play(scene: Scene, locale: string): string;
  close(): Promise<void>;
}

export async function openFakeCheckout(): Promise<FakeCheckout> {
  const site = JSON.parse(readFileSync(join(folder, "site.json"), "utf8")) as Site;
  const scenes: { readonly scene: Scene; readonly locale: string }[] = [];
  const server = createServer((request, reply) => {
    const path = request.url!.split("?")[0]!;
    if (path.startsWith("/v1/checkout")) return answer(scenes[Number(request.headers["x-client-secret"])]!, request, reply, path);
    const file = site.files[path.startsWith("/c/") ? "/c" : path];
    if (!file) return void reply.writeHead(404).end();
    reply.writeHead(200, { "content-type": file.type, "content-security-policy": POLICY, "content-encoding": "gzip" });
    reply.end(readFileSync(join(folder, `${file.file}.gz`)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    play(scene, locale) {
      scenes.push({ scene, locale });
      return `${url}/c/cs_${scenes.length}#${scenes.length - 1}&key=pk_test_fake`;
    },
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

function answer({ scene, locale }: { scene: Scene; locale: string }, request: IncomingMessage, reply: ServerResponse, path: string): void {
  const say = (status: number, body: object): void => {
    reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const { view, pay } = scene;
  if (path === "/v1/checkout") {
    if (view === null) return void reply.destroy();
    if (view === 401) return say(401, { error: { code: "invalid_client_secret", message: "Not this one." } });
    return say(200, { ...view, locale });
  }
  if (path.endsWith("/tokens")) return say(201, { object: "card_token", token: "tok_fake", network: "visa", last4: "4242" });
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
