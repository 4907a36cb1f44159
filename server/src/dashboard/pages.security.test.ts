/** What the dashboard's page is sent with, as the listener sends it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeApi } from "../api/fakes.testing.ts";
import { createDashboardApp } from "./app.ts";
import { whoSignsIn } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "tillway page "));
let app: ReturnType<typeof createDashboardApp>;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of [
    ["page", "<!doctype html><title>Dashboard</title>"],
    ["code", "export {};"],
  ] as const) {
    writeFileSync(join(folder, file), text);
    writeFileSync(join(folder, `${file}.gz`), gzipSync(text));
    if (file === "code") writeFileSync(join(folder, `${file}.br`), brotliCompressSync(text));
  }
  const files = {
    "/": { file: "page", type: "text/html; charset=utf-8", forever: false },
    "/assets/code.js": { file: "code", type: "text/javascript; charset=utf-8", forever: true },
  };
  writeFileSync(join(folder, "site.json"), JSON.stringify({ notFound: "/", files }));
  const { deps } = fakeApi();
  const people = { people: {} as never, dashboardUrl: "http://localhost:3000", idleMs: 1 };
  const who = whoSignsIn(people, () => new Uint8Array(32));
  app = createDashboardApp(deps, { ...deps, ...who, passwords: {} as never, pageFolder: folder });
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the dashboard's page (security row 9)", () => {
  /** A rule that is added, taken out or made wider is seen here; `script-src` and `style-src` have neither inline code nor another origin. */
  const POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "frame-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];

  it.each(["/", "/sign-in", "/mer_01/test/payments", "/mer_01/test/search?q=%3Cscript%3E", "/invitation", "/assets/code.js"])(
    "%s is sent with the whole policy, and is no page of anybody else",
    async (url) => {
      const { statusCode, headers } = await app.inject(url);
      expect(statusCode).toBe(200);
      expect(String(headers["content-security-policy"]).split("; ")).toEqual(POLICY);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
      });
    },
  );

  it.each(["/assets/gone.js", "/v1/nothing", "/health/nothing"])(
    "%s is no page: none stands in the place of a script or an answer",
    async (url) => {
      const { statusCode, headers } = await app.inject(url);
      expect([statusCode, headers["content-type"]]).toEqual([404, "application/json; charset=utf-8"]);
    },
  );
});

describe("the dashboard's files on a slow line", () => {
  it.each([
    ["/assets/code.js", "gzip, deflate, br, zstd", "br"],
    ["/assets/code.js", "gzip, br;q=0", "gzip"],
    ["/assets/code.js", "identity", undefined],
    ["/sign-in", "gzip, deflate, br, zstd", "gzip"],
  ])("%s to a browser that takes %s is %s, and kept for good only where its address changes with it", async (url, accepted, packing) => {
    const { headers } = await app.inject({ url, headers: { "accept-encoding": accepted } });
    expect(headers["content-encoding"]).toBe(packing);
    expect(headers["cache-control"]).toBe(url === "/sign-in" ? "public, no-cache" : "public, max-age=31536000, immutable");
  });
});
