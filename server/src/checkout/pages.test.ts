import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeApi } from "../api/fakes.testing.ts";
import { noCheckoutSettings } from "../core/checkout.ts";
import type { HostedFields } from "../core/ports/hosted-fields.ts";
import { createCheckoutApp } from "./app.ts";

const scope = { merchantId: "mer_1", mode: "test" } as const;
const SESSION = "cs_01KAJ0000000000000000000AB";
const origins = ["https://shop.example", "https://m.shop.example"];
const csp: HostedFields["csp"] = {
  script: ["https://js.gateway.example"],
  frame: ["https://frame.gateway.example"],
  connect: ["https://api.gateway.example"],
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tillway page "));
  const pages = {
    "/c": "hosted",
    "/embed": "framed",
    "/return": "back",
    "/checkout.js": "loader",
    "/assets/a.js": "code",
    "/404": "nothing",
  };
  const files = Object.entries(pages).map(([path, text]) => {
    writeFileSync(join(folder, text), text);
    writeFileSync(join(folder, `${text}.gz`), gzipSync(text));
    return [path, { file: text, type: path.endsWith(".js") ? "text/javascript" : "text/html", forever: path.startsWith("/assets/") }];
  });
  writeFileSync(join(folder, "site.json"), JSON.stringify({ notFound: "/404", files: Object.fromEntries(files) }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function checkout({ pageFolder = folder, connectors = ["sandbox"] } = {}) {
  const settings = {
    checkoutScope: async (id: string) => (id === SESSION ? scope : null),
    publicKey: async (key: string) => (key === "pk_test_1" ? scope : null),
    checkoutSettings: async () => ({ ...noCheckoutSettings, origins }),
    routesOf: async () => ({ accounts: connectors.map((connector, n) => ({ id: `acc_${n}`, connector, priority: n })), rules: [] }),
  };
  const { deps } = fakeApi({ flows: { settings: settings as never } });
  const fields: HostedFields = { adapter: "stripe", scriptUrl: null, csp, trustedTypes: true, credentials: [], tokens: "account" };
  const older = { ...fields, csp: { script: ["https://old.example"], frame: [], connect: [] }, trustedTypes: false };
  const of = (one: HostedFields) => ({ describe: async () => null, fields: one });
  const tokenizers = new Map([...deps.tokenizers, ["stripe", of(fields)], ["older", of(older)]]);
  const testInputs = { connector: "sandbox", cards: [], vpas: [] };
  return createCheckoutApp(deps, { ...deps, tokenizers, pageFolder, testInputs });
}

const policyOf = (answer: { headers: Record<string, unknown> }): string[] => String(answer.headers["content-security-policy"]).split("; ");

describe("each page", () => {
  it.each([
    [`/c/${SESSION}`, "hosted"],
    ["/embed?key=pk_test_1", "framed"],
    ["/return?payment_id=pay_1", "back"],
    ["/checkout.js", "loader"],
    ["/assets/a.js", "code"],
  ])("%s is sent under a policy without anything inline or from elsewhere", async (url, text) => {
    const answer = await checkout().inject(url);
    expect([answer.statusCode, answer.body]).toEqual([200, text]);
    const policy = policyOf(answer);
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
      expect(policy).toContain(rule);
    expect(policy.join()).not.toMatch(/unsafe|\*/);
    expect(answer.headers).toMatchObject({ "referrer-policy": "no-referrer", "x-content-type-options": "nosniff" });
    expect(answer.headers["permissions-policy"]).toContain("camera=()");
  });

  it.each(["/c", "/c/x/y", "/assets/b.js", "/assets/../site.json", "/assets/%2e%2e/site.json", "/site.json", "/404"])(
    "%s is none",
    async (url) => {
      expect((await checkout().inject(url)).statusCode).toBe(404);
    },
  );

  it("is named with its cure if it was not built", async () => {
    const answer = await checkout({ pageFolder: "no-page" }).inject("/checkout.js");
    expect([answer.statusCode, answer.json().error.message]).toEqual([404, expect.stringContaining("npm run build")]);
  });
});

describe("who may frame it (security row 7)", () => {
  it.each([
    ["/embed?key=pk_test_1", `frame-ancestors ${origins.join(" ")}`],
    ["/embed?key=pk_test_2", "frame-ancestors 'none'"],
    ["/embed", "frame-ancestors 'none'"],
    ["/embed?key=pk_test_1&key=pk_test_1", "frame-ancestors 'none'"],
    [`/c/${SESSION}`, "frame-ancestors 'none'"],
    ["/return", "frame-ancestors 'none'"],
  ])("%s: %s", async (url, rule) => {
    expect(policyOf(await checkout().inject(url))).toContain(rule);
  });
});

describe("the origins of a gateway's card fields", () => {
  const added = [
    `script-src 'self' ${csp.script[0]}`,
    `connect-src 'self' ${csp.connect[0]}`,
    `frame-src ${csp.frame[0]}`,
    "require-trusted-types-for 'script'",
    "trusted-types tillway-fields default",
  ];

  it.each([`/c/${SESSION}`, "/embed?key=pk_test_1"])("are let through by %s for a merchant with such an account", async (url) => {
    expect(policyOf(await checkout({ connectors: ["sandbox", "stripe"] }).inject(url))).toEqual(expect.arrayContaining(added));
  });

  it.each([`/c/${SESSION}`, "/embed?key=pk_test_1"])("are not let through by %s for any other", async (url) => {
    const policy = policyOf(await checkout().inject(url));
    expect(policy.join()).not.toContain("gateway.example");
    expect(policy).not.toContainEqual(expect.stringMatching(/^frame-src/));
  });

  it("lift Trusted Types, and nothing else, for a merchant with a gateway whose script can't live with them", async () => {
    for (const url of [`/c/${SESSION}`, "/embed?key=pk_test_1"]) {
      const [strict, lifted] = [
        policyOf(await checkout({ connectors: ["stripe"] }).inject(url)),
        policyOf(await checkout({ connectors: ["stripe", "older"] }).inject(url)),
      ];
      expect(strict.filter((rule) => !lifted.includes(rule))).toEqual([
        `script-src 'self' ${csp.script[0]}`,
        "require-trusted-types-for 'script'",
        "trusted-types tillway-fields default",
      ]);
      expect(lifted.filter((rule) => !strict.includes(rule))).toEqual([`script-src 'self' ${csp.script[0]} https://old.example`]);
    }
  });

  it("are not let through where nobody knows whose page it is", async () => {
    const app = checkout({ connectors: ["stripe"] });
    for (const url of ["/c/cs_01KAJ0000000000000000000AC", "/embed?key=pk_test_2"])
      expect(policyOf(await app.inject(url)).join()).not.toContain("gateway.example");
  });
});
