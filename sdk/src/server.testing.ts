/** A server on loopback that answers as scripted, one step a request, the last step forever. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { Tillway, type TillwayOptions } from "./client.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Step = (response: ServerResponse, seen: Seen) => void;

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

export async function scripted(...steps: Step[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts).toString("utf8") };
      seen.push(one);
      steps[Math.min(seen.length, steps.length) - 1]?.(response, one);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Step {
  return (response) =>
    void response.writeHead(status, { "content-type": "application/json", "request-id": "req_1", ...headers }).end(JSON.stringify(body));
}

export function refusal(status: number, type: string, code: string, headers: Record<string, string> = {}): Step {
  return json(status, { error: { type, code, message: "No.", doc_url: `/docs/errors#${code}`, request_id: "req_1" } }, headers);
}

/** The request has arrived and may be done, but its answer is lost. */
export const dropped: Step = (response) => void response.destroy();

export function client(url: string, more: Partial<TillwayOptions> = {}): Tillway {
  return new Tillway({ key: "pk_test_key", secret: "sk_test_secret", baseUrl: url, ...more });
}
