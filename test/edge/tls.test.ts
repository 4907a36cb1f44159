/** What the nginx of deploy/nginx promises about the way to it, by a real one without anything behind it. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as requestPlainly } from "node:http";
import { request, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type SecureVersion } from "node:tls";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { copyEdge, EDGE_HOSTS } from "../../scripts/edge.mjs";
import { programOf } from "../browser/program.ts";
import { freePort } from "../journeys/support/ports.ts";
import { needs } from "../support/require-services.ts";

const nginx = needs("nginx", programOf("nginx"));

nginx.describe("the edge", () => {
  let directory: string;
  let ports: { https: number; http: number };
  let ca: Buffer;
  let stop: () => Promise<void> = async () => {};

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "tillway-edge-"));
    // Its workers run as another user if we are root.
    chmodSync(directory, 0o755);
    ports = { https: await freePort(), http: await freePort() };
    const nobody = { api: await freePort(), dashboard: await freePort(), checkout: await freePort() };
    const edge = join(directory, "edge");
    const child = spawn(nginx.url, ["-p", edge, "-c", copyEdge(edge, ports, [nobody]), "-g", "daemon off;"], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    stop = () => (child.kill("SIGQUIT"), ended);
    ca = readFileSync(join(edge, "tls/cert.pem"));
    await vi.waitFor(() => protocolOf("TLSv1.3", "TLSv1.3"), { timeout: 30_000 });
  });
  afterAll(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What a caller who can do no other versions than these agrees on. */
  const protocolOf = (minVersion: SecureVersion, maxVersion: SecureVersion) =>
    new Promise<string | null>((resolve, reject) => {
      // So old a version is not offered by OpenSSL itself at its usual level.
      const offers = { minVersion, maxVersion, ciphers: "TLS_AES_128_GCM_SHA256:DEFAULT:@SECLEVEL=0" };
      const socket = connect({ host: "127.0.0.1", port: ports.https, servername: EDGE_HOSTS.pay, ca, ...offers }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.once("error", reject);
    });
  const ask = (send: typeof request, options: RequestOptions) =>
    new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
      send(
        { host: "127.0.0.1", headers: { host: EDGE_HOSTS.pay }, servername: EDGE_HOSTS.pay, ca, path: "/v1/payments", ...options },
        (answer) => {
          answer.resume();
          resolve({ status: answer.statusCode, headers: answer.headers });
        },
      )
        .once("error", reject)
        .end();
    });

  it("speaks TLS 1.2 and 1.3, and nothing older (security row 23)", async () => {
    expect([await protocolOf("TLSv1.2", "TLSv1.2"), await protocolOf("TLSv1.2", "TLSv1.3")]).toEqual(["TLSv1.2", "TLSv1.3"]);
    await expect(protocolOf("TLSv1", "TLSv1.1")).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
  });

  it("sends who comes without TLS to the same place with it, and tells browsers to stay there for a year, in its own errors too (security row 23)", async () => {
    const plain = await ask(requestPlainly, { port: ports.http });
    expect([plain.status, plain.headers["location"]]).toEqual([308, `https://${EDGE_HOSTS.pay}/v1/payments`]);
    const away = await ask(request, { port: ports.https });
    expect([away.status, away.headers["strict-transport-security"]]).toEqual([503, "max-age=31536000"]);
  });
});
