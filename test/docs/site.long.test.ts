/** The documentation as the API serves it. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildSite, writeSite } from "../../scripts/site/build.mjs";
import { inputsHash } from "../../scripts/site/inputs.mjs";
import { fakeApi, type Fakes } from "../../server/src/api/fakes.testing.ts";
import { docUrlBase, errorTable, failureTable } from "../../server/src/core/errors.ts";

const root = join(import.meta.dirname, "../..");
const site = buildSite(root);
let folder: string;
let app: Fakes["app"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "site-"));
  writeSite(site, join(folder, "site"), inputsHash(root));
  ({ app } = fakeApi({ deps: { siteFolder: join(folder, "site") } }));
  await app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

it("answers every doc_url with a page that explains its code", async () => {
  const refused = (await app.inject("/v1/payments")).json<{ error: { doc_url: string } }>().error.doc_url;
  const codes = Object.keys({ ...errorTable, ...failureTable });
  expect([refused, ...codes.map((code) => docUrlBase + code)]).toContain(`${docUrlBase}authentication_error`);
  for (const url of [refused, ...codes.map((code) => docUrlBase + code)]) {
    const [path, anchor] = url.split("#") as [string, string];
    const page = await app.inject(path);
    expect([url, page.statusCode, page.headers["content-type"]]).toEqual([url, 200, "text/html; charset=utf-8"]);
    expect(page.body).toContain(`id="${anchor}"`);
    expect(page.body).not.toMatch(/<td>[^<]*`/);
  }
});

it("serves each address of the site with its type and a strict policy, to GET and HEAD", async () => {
  expect(site.files.size).toBeGreaterThan(100);
  for (const [url, { type, body }] of site.files) {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.headers["content-type"], answer.body]).toEqual([200, type, body]);
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const head = await app.inject({ method: "HEAD", url });
    expect([head.statusCode, head.body, head.headers["content-length"]]).toEqual([200, "", answer.headers["content-length"]]);
  }
});

it("has a twin in Markdown of each page, and llms.txt lists all of them", async () => {
  const pages = [...site.files].filter(([url, { type }]) => type.startsWith("text/html") && url !== "/docs/404").map(([url]) => url);
  expect(pages).toEqual(
    expect.arrayContaining(["/docs", "/docs/errors", "/docs/webhooks", "/docs/api", "/docs/api/payments", "/docs/sdk"]),
  );
  const list = (await app.inject("/llms.txt")).body;
  for (const url of pages) {
    const twin = url === "/docs" ? "/docs/index.md" : `${url}.md`;
    const { body, headers } = await app.inject(twin);
    expect(headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(body).toMatch(/^# \S/);
    expect(body).not.toContain("<!-- generated");
    expect(list).toContain(`](${twin})`);
  }
  expect((await app.inject("/docs/llms.txt")).body).toBe(list);
});

it("shows every operation of the document in the reference", async () => {
  const { paths } = (await app.inject("/docs/openapi.json")).json<{ paths: Record<string, Record<string, unknown>> }>();
  const all = (await app.inject("/docs/api")).body.replaceAll("<wbr>", "");
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((one) => `${one.toUpperCase()} ${path}`));
  expect(operations.length).toBeGreaterThan(40);
  for (const operation of operations) expect(all).toContain(`<code>${operation}</code>`);
});

it("is revalidated by its ETag, packed if the client takes that, and kept forever if the address has the hash of the content", async () => {
  const plain = await app.inject("/docs/errors");
  const packed = await app.inject({ url: "/docs/errors", headers: { "accept-encoding": "br, gzip;q=0.8" } });
  expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body);
  expect([packed.headers["content-encoding"], packed.headers.vary]).toEqual(["gzip", "accept-encoding"]);
  expect(packed.headers.etag).not.toBe(plain.headers.etag);
  const refusing = await app.inject({ url: "/docs/errors", headers: { "accept-encoding": "gzip;q=0" } });
  expect(refusing.headers["content-encoding"]).toBeUndefined();
  expect(plain.headers["cache-control"]).toBe("public, no-cache");
  for (const tag of [plain.headers.etag, `"other", W/${plain.headers.etag}`, "*"]) {
    const known = await app.inject({ url: "/docs/errors", headers: { "if-none-match": String(tag) } });
    expect([known.statusCode, known.body, known.headers.etag]).toEqual([304, "", plain.headers.etag]);
  }
  const changed = await app.inject({ url: "/docs/errors", headers: { "if-none-match": '"other"' } });
  expect(changed.statusCode).toBe(200);
  const asset = [...site.files].find(([url]) => url.endsWith(".css"))![0];
  expect((await app.inject(asset)).headers["cache-control"]).toBe("public, max-age=31536000, immutable");
});

it.each([
  "/docs/nothing",
  "/docs/site.json",
  "/docs/constructor",
  "/docs/__proto__",
  "/docs/%2e%2e/%2e%2e/package.json",
  "/docs/..%2f..%2fpackage.json",
  "/docs/../site/site.json",
  "/docs/assets/",
  "/docs//etc/passwd",
])("answers %s with a page of its own and 404", async (url) => {
  const { status, type, body } = await getAsIs(url);
  expect([status, type]).toEqual([404, "text/html; charset=utf-8"]);
  expect(body).toContain("There is no such page");
  expect(body).not.toMatch(/tillway-workspace|root:|"inputs"/);
});

it("leads from an address with a slash at its end to the one without", async () => {
  for (const [url, target] of [
    ["/docs/", "/docs"],
    ["/docs/errors/", "/docs/errors"],
    ["/docs/errors//?q=1", "/docs/errors"],
  ]) {
    const answer = await app.inject(url!);
    expect([answer.statusCode, answer.headers.location]).toEqual([308, target]);
  }
});

it("is named by GET / among the pages to read on, and each of them is there", async () => {
  const index = await app.inject("/");
  expect(index.statusCode).toBe(200);
  const { docs, openapi, errors, health } = index.json<Record<string, string>>();
  for (const url of [docs, openapi, errors, health]) expect((await app.inject(url!)).statusCode).toBe(200);
});

it("is served as it is now if it was built again while the API runs", async () => {
  const again = join(folder, "again");
  const files = (body: string) =>
    new Map(["/docs", "/docs/errors", "/docs/404"].map((url) => [url, { type: "text/plain", body: `${url} ${body}` }]));
  const other = fakeApi({ deps: { siteFolder: again } }).app;
  writeSite({ files: files("before"), unlisted: [], missing: [] }, again, "1");
  expect((await other.inject("/docs")).body).toBe("/docs before");
  writeSite({ files: files("after"), unlisted: [], missing: [] }, again, "2");
  for (const url of ["/docs/errors", "/docs"]) expect((await other.inject(url)).body).toBe(`${url} after`);
  await other.close();
});

it("is shown by npm run docs:serve", async () => {
  const child = spawn(process.execPath, [join(root, "scripts/docs-serve.mjs"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    let out = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      out += String(chunk);
      if (out.includes("Ctrl-C")) break;
    }
    const url = /http:\S+\/docs(?=\.)/.exec(out)![0];
    expect(await (await fetch(`${url}/errors`)).text()).toBe(site.files.get("/docs/errors")!.body);
  } finally {
    child.kill();
  }
});

it("says what to do if the site was not built", async () => {
  const bare = fakeApi();
  const answer = await bare.app.inject("/docs");
  expect([answer.statusCode, answer.json<{ error: { message: string } }>().error.message]).toEqual([
    404,
    "The documentation was not built. Run npm run build.",
  ]);
  await bare.app.close();
});

/** Over a socket, since `inject` resolves `..` in a path and a hostile client does not. */
async function getAsIs(path: string): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
  const { port } = app.server.address() as AddressInfo;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: "127.0.0.1", path, agent: false }, resolve).on("error", reject);
  });
  return { status: answer.statusCode, type: answer.headers["content-type"], body: await text(answer) };
}
