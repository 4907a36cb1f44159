/** The dashboard's page as it was built, served to a browser under its policy, with answers of the API that a test gives. */
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DASHBOARD_POLICY } from "../../server/src/dashboard/pages.ts";

const folder = join(import.meta.dirname, "../../server/dist/dashboard-page");

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface FakeDashboard {
  readonly url: string;
  /** Answers of `/v1`; set anew by each case. */
  answer: (method: string, path: string, query: URLSearchParams) => Answer;
  close(): Promise<void>;
}

export async function openFakeDashboard(): Promise<FakeDashboard> {
  const fake: FakeDashboard = { url: "", answer: () => ({ status: 404 }), close: () => Promise.resolve() };
  const site = JSON.parse(readFileSync(join(folder, "site.json"), "utf8")) as { files: Record<string, { file: string; type: string }> };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname.startsWith("/v1/")) {
      const { status = 200, json = {}, silent = false } = fake.answer(request.method ?? "GET", url.pathname, url.searchParams);
      if (!silent)
        response.writeHead(status, { "content-type": "application/json", "request-id": "req_0000000000example" }).end(JSON.stringify(json));
      return;
    }
    const file = site.files[url.pathname] ?? site.files["/"];
    if (file === undefined) return void response.writeHead(404).end();
    response
      .writeHead(200, { "content-type": file.type, "content-security-policy": DASHBOARD_POLICY })
      .end(readFileSync(join(folder, file.file)));
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(fake, { url, close });
}
