/** The dashboard's page before the real API: somebody is signed in already, all else of `/v1` is the server's own. Its line can be cut. */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Merchant } from "../journeys/support/merchant.ts";
import { answers } from "./dashboard-answers.ts";
import { POLICY } from "./dashboard-page.ts";

const folder = join(import.meta.dirname, "../../server/dist/dashboard-page");

export interface Front {
  readonly url: string;
  /** What the page sent that changes something, as `POST /v1/refunds`. */
  readonly sent: string[];
  /** Nothing comes through, and what is open breaks, until it is put back. */
  cut(isCut: boolean): void;
  close(): Promise<void>;
}

export async function openFront({ url: api, keys }: Merchant): Promise<Front> {
  const site = JSON.parse(readFileSync(join(folder, "site.json"), "utf8")) as { files: Record<string, { file: string; type: string }> };
  const sent: string[] = [];
  let isCut = false;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url!, "http://localhost");
    const answer = pathname === "/v1/session" || pathname === "/v1/roles" ? answers[pathname] : undefined;
    if (answer !== undefined) return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    if (!pathname.startsWith("/v1/")) {
      const file = (site.files[pathname] ?? site.files["/"])!;
      return void response
        .writeHead(200, { "content-type": file.type, "content-security-policy": POLICY })
        .end(readFileSync(join(folder, file.file)));
    }
    if (isCut) return void request.socket.destroy();
    if (request.method !== "GET") sent.push(`${request.method} ${pathname}`);
    const headers = { ...request.headers, host: new URL(api).host, "x-api-key": keys.key, "x-api-secret": keys.secret };
    const own = ask(api + request.url!, { method: request.method ?? "GET", headers }, (got) => {
      response.writeHead(got.statusCode!, got.headers).flushHeaders();
      got.pipe(response);
    });
    own.on("error", () => response.destroy());
    response.on("close", () => own.destroy());
    request.pipe(own);
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    sent,
    cut: (now) => {
      isCut = now;
      if (now) server.closeAllConnections();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
