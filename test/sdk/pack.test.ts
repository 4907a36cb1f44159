/** What merchants install: the packed tarball, in a directory of its own, with nothing else of this repository. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../sdk/package.json" with { type: "json" };

const exec = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const sdk = join(root, "sdk");
const limit = 300 * 1024;

let home: string;
let packed: { filename: string; size: number; unpackedSize: number; files: { path: string }[] };

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tillway-sdk-"));
  await exec(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", sdk, join(sdk, "tsconfig.fields.json")]);
  const { stdout } = await exec("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", home], { cwd: sdk });
  packed = JSON.parse(stdout)[0];
  // Unpacked where npm would put it: without dependencies there is nothing more to install.
  const place = join(home, "node_modules/@tillway/sdk");
  mkdirSync(place, { recursive: true });
  await exec("tar", ["-xzf", join(home, packed.filename), "--strip-components=1", "-C", place]);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function run(file: string, text: string): Promise<string> {
  writeFileSync(join(home, file), text);
  return (await exec(process.execPath, [file], { cwd: home })).stdout.trim();
}

describe("the package", () => {
  it("has no dependencies, at most 300 KB packed and unpacked, and no file that is not needed", () => {
    expect(Object.keys(manifest).filter((name) => /dependencies|scripts/i.test(name))).toEqual([]);
    expect(packed.size).toBeLessThanOrEqual(limit);
    expect(packed.unpackedSize).toBeLessThanOrEqual(limit);
    const strange = packed.files
      .map((file) => file.path)
      .filter((path) => !/^((cjs\/dist|esm)\/.*\.(js|d\.ts)|(cjs\/)?package\.json|README\.md|LICENSE)$/.test(path));
    expect(strange).toEqual([]);
    expect(packed.files.map((file) => file.path)).toEqual(expect.arrayContaining(["README.md", "LICENSE"]));
  });

  it("has nothing that publint would change", async () => {
    const { messages, pkg } = await publint({ pkgDir: sdk, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

const entries = Object.keys(manifest.exports).filter((name) => name !== "./package.json");
const names = entries.map((name) => name.replace(/^\./, manifest.name));
const exportsOf = (name: string): string =>
  ({
    [manifest.name]: "Tillway,verifyWebhook,CardError",
    [`${manifest.name}/fields`]: "mountCardFields,FieldsError",
    [`${manifest.name}/checkout`]: "PaymentGateway,CheckoutError",
    [`${manifest.name}/checkout-frame`]: "connect",
  })[name] ?? "tillwayWebhook";

describe.each([
  ["import", "use.mjs", (name: string) => `await import("${name}")`],
  ["require", "use.cjs", (name: string) => `require("${name}")`],
])("by %s", (_how, file, load) => {
  it("every entry brings what it should", async () => {
    const lines = names.map((name) => `for (const one of "${exportsOf(name)}".split(",")) console.log(typeof (${load(name)})[one]);`);
    const expected = names.flatMap((name) =>
      exportsOf(name)
        .split(",")
        .map(() => "function"),
    );
    expect((await run(file, lines.join("\n"))).split("\n")).toEqual(expected);
  });

  it("a client is made, and a webhook verified", async () => {
    const text = `
const go = async ({ Tillway, verifyWebhook, WebhookVerificationError }) => {
  new Tillway({ key: "pk_test_1", secret: "sk_test_1" }).payments.list();
  const error = await verifyWebhook("{}", {}, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").catch((error) => error);
  console.log(error instanceof WebhookVerificationError, error.code);
};
${file.endsWith(".mjs") ? `import * as all from "${manifest.name}"; await go(all);` : `go(require("${manifest.name}"));`}`;
    expect(await run(file, text)).toBe("true missing_header");
  });
});

describe.each([
  [
    "use.mts",
    "nodenext",
    `import { Tillway, type Payment, type WebhookEvent } from "@tillway/sdk";\nimport { tillwayWebhook } from "@tillway/sdk/next";`,
  ],
  [
    "use.cts",
    "nodenext",
    `import { Tillway, type Payment, type WebhookEvent } from "@tillway/sdk";\nimport { tillwayWebhook } from "@tillway/sdk/next";`,
  ],
])("in TypeScript, %s", (file, resolution, imports) => {
  const check = async (text: string): Promise<string> => {
    writeFileSync(join(home, file), `${imports}\n${text}`);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const args = [
      tsc,
      "--noEmit",
      "--strict",
      "--types",
      "",
      "--lib",
      "es2023,dom",
      "--module",
      resolution,
      "--skipLibCheck",
      "false",
      file,
    ];
    return exec(process.execPath, args, { cwd: home }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  };

  it("calls and events have their types, without any other package", async () => {
    const good = `
export async function pay(tillway: Tillway): Promise<Payment> {
  for await (const { id, status } of tillway.payments.list({ status: "failed" })) console.log(id, status satisfies string);
  return tillway.payments.create({ amount: 500, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" } }, { idempotencyKey: "1" });
}
export const POST = tillwayWebhook({ secret: "whsec_" }, (event: WebhookEvent) => {
  if (event.type === "refund.succeeded") return event.data.payment_id satisfies string;
  if (event.type === "payment.failed") return event.data.error?.code;
  return null;
});
export async function news(tillway: Tillway, last: string): Promise<void> {
  for await (const event of tillway.events.list({ ending_before: last }))
    if (event.type === "payment.created") console.log(event.data.amount satisfies number);
}`;
    expect(await check(good)).toBe("");
  });

  it("a field that is wrong is an error", async () => {
    expect(await check(`export const a = (tillway: Tillway) => tillway.payments.create({ amuont: 500, currency: "INR" });`)).toContain(
      "amuont",
    );
  });
});
