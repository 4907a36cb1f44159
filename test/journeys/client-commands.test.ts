/** The commands that talk to a running Tillway, as real processes against an API over a database. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { freePort } from "./support/ports.ts";
import { run } from "./support/program.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

let stage: Stage;
let environment: Record<string, string>;
const home = mkdtempSync(join(tmpdir(), "tillway client "));

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
  const { created } = await stage.merchant();
  environment = { TILLWAY_URL: stage.url, TILLWAY_KEY: created.key, TILLWAY_SECRET: created.secret, TILLWAY_HOME: home };
});
afterAll(async () => {
  await stage?.close();
  rmSync(home, { recursive: true });
});

const tillway = (...argv: string[]) => run(argv, environment);
const create = (scenario: string, ...more: string[]) =>
  tillway("payments", "create", "--amount", "5000", "--currency", "INR", "--method", "upi", "--upi-vpa", `${scenario}@sandbox`, ...more);

describe("payments", () => {
  it("are created, found and listed; --json is what the API sends", async () => {
    const made = await create("success", "--confirm", "true", "--order-id", "A-1", "--json");
    expect([made.code, made.err]).toEqual([0, ""]);
    const payment = JSON.parse(made.out);
    expect(payment).toMatchObject({ status: "succeeded", amount: 5_000, order_id: "A-1", upi: { vpa: "success@sandbox" } });
    const got = await tillway("payments", "get", payment.id);
    expect(got.out).toMatch(new RegExp(`^id +${payment.id}$`, "m"));
    expect(got.out).toMatch(/^status +succeeded$/m);
    const listed = await tillway("payments", "list", "--order-id", "A-1");
    expect(listed.out).toMatch(new RegExp(`^ID +STATUS.*\n${payment.id} +succeeded +5000 +INR +upi +A-1`));
    const json = JSON.parse((await tillway("payments", "list", "--limit", "1", "--json")).out);
    expect(json).toMatchObject({ object: "list", data: [{ id: payment.id }] });
  });

  it("are captured in parts, and refunded", async () => {
    const { id } = JSON.parse((await create("success", "--confirm", "true", "--capture-method", "manual", "--json")).out);
    const captured = JSON.parse((await tillway("payments", "capture", id, "--amount", "2000", "--final", "true", "--json")).out);
    expect(captured).toMatchObject({ amount_captured: 2_000 });
    const refund = await tillway("refunds", "create", "--payment-id", id, "--amount", "500", "--reason", "Too late", "--json");
    expect(JSON.parse(refund.out)).toMatchObject({ payment_id: id, amount: 500 });
    expect((await tillway("refunds", "list", "--payment-id", id)).out).toContain("Too late");
  });

  it("are created once under one idempotency key", async () => {
    const [first, second] = [
      await create("success", "--idempotency-key", "k1", "--json"),
      await create("success", "--idempotency-key", "k1", "--json"),
    ];
    expect(second.out).toBe(first.out);
  });
});

describe("payments export", () => {
  it("gives the table of the API, with its filters, in the merchant's time zone and no formula in it", async () => {
    expect((await tillway("settings", "set", "--time-zone", "Asia/Kathmandu")).code).toBe(0);
    const description = '=HYPERLINK("x")\nCut after 5 rows';
    for (const [n, email] of ["a@x.example", "a@x.example", "b@x.example"].entries())
      await create("success", "--confirm", "false", "--order-id", `X-${n}`, "--customer-email", email, "--description", description);
    const { code, out, err } = await tillway("payments", "export", "--customer-email", "a@x.example", "--amount-min", "5000");
    expect([code, err]).toEqual([0, "2 rows, 0.0 MB.\n"]);
    const asked = await fetch(`${stage.url}/v1/payments.csv?customer_email=a@x.example`, {
      headers: { "x-api-key": environment["TILLWAY_KEY"]!, "x-api-secret": environment["TILLWAY_SECRET"]! },
    });
    expect(out).toBe(await asked.text());
    expect(out.split(",").slice(0, 6)).toEqual(["id", "created_at (Asia/Kathmandu)", "status", "currency", "amount", "amount_minor"]);
    expect(out).toMatch(/,created,INR,50\.00,5000,.*,"'=HYPERLINK\(""x""\)\nCut after 5 rows",/);
    expect((await tillway("payments", "export", "--time-zone", "Asia/Tokyo")).out).toContain("created_at (Asia/Tokyo)");
    await tillway("settings", "set", "--time-zone", "UTC");
  });

  it("takes the place of a file only when it is whole", async () => {
    const file = join(home, "payments.csv");
    writeFileSync(file, "before");
    const done = await tillway("payments", "export", "--order-id", "X-2", "--out", file, "--json");
    expect(JSON.parse(done.out)).toEqual({ file, rows: 1, bytes: statSync(file).size, cut: false });
    const whole = readFileSync(file, "utf8");
    expect(whole).toMatch(/^id,created_at/);
    const breaks = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/csv" }).write("id\r\npay_1\r\n", () => response.destroy());
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => breaks.once("listening", resolve));
    const url = `http://127.0.0.1:${(breaks.address() as AddressInfo).port}`;
    const broken = await tillway("payments", "export", "--out", file, "--url", url);
    breaks.close();
    expect([broken.code, broken.err]).toEqual([69, `tillway: ${url} broke off before the end (ECONNRESET). What came is not the whole.\n`]);
    expect(readFileSync(file, "utf8")).toBe(whole);
    expect(readdirSync(home).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("says that a table was cut, and fails", async () => {
    const rows = `id\r\npay_1\r\n"pay\n2"\r\nCut after 2 rows: go on with created_before.\r\n`;
    const cuts = createServer((_request, response) => response.writeHead(200).end(rows)).listen(0, "127.0.0.1");
    await new Promise((resolve) => cuts.once("listening", resolve));
    const { code, out, err } = await tillway("payments", "export", "--url", `http://127.0.0.1:${(cuts.address() as AddressInfo).port}`);
    cuts.close();
    expect([code, out, err]).toEqual([1, rows, "2 rows, 0.0 MB.\nCut after 2 rows: go on with created_before.\n"]);
  });

  it.each([
    [["--json"], 2, /--json needs --out FILE/],
    [["--out", "/nowhere/at/all.csv"], 2, /--out: ENOENT/],
    [["--statsu", "failed"], 2, /Did you mean --status\?/],
    [["--time-zone", "Mars/Olympus"], 1, /unknown_time_zone: /],
    [["--amount-min", "x"], 1, /invalid_field: .*amount_min/],
    [["pay_1"], 2, /takes options only/],
  ])("refuses %j with what to do", async (argv, expected, line) => {
    const { code, out, err } = await tillway("payments", "export", ...argv);
    expect([code, out]).toEqual([expected, argv[0] === "--json" ? expect.stringContaining("usage") : ""]);
    expect(err).toMatch(line);
  });
});

it("an order is created, listed and paid", async () => {
  const { id } = JSON.parse((await tillway("orders", "create", "--amount", "5000", "--currency", "INR", "--receipt", "R-1", "--json")).out);
  expect((await create("success", "--confirm", "true", "--order-id", id)).code).toBe(0);
  expect((await tillway("orders", "list", "--receipt", "R-1")).out).toMatch(new RegExp(`^${id} +paid +5000 +0 +INR +R-1`, "m"));
});

it("a checkout session is made, shown and closed, and looks as the settings say", async () => {
  const set = await tillway("checkout-settings", "set", "--name", "Tea House", "--origins", "https://tea.example,https://b.example");
  expect([set.code, set.err]).toEqual([0, ""]);
  expect((await tillway("checkout-settings", "get")).out).toMatch(/^name +Tea House$/m);
  const order = JSON.parse((await tillway("orders", "create", "--amount", "5000", "--currency", "INR", "--json")).out);
  const made = JSON.parse(
    (await tillway("sessions", "create", "--order-id", order.id, "--methods", "card,upi", "--locale", "hi", "--json")).out,
  );
  expect(made).toMatchObject({ status: "open", order_id: order.id, methods: ["card", "upi"], locale: "hi" });
  const got = await tillway("sessions", "get", made.id);
  expect(got.out).toMatch(new RegExp(`^url +${stage.checkoutUrl}/c/${made.id}#`, "m"));
  expect(JSON.parse((await tillway("sessions", "cancel", made.id, "--json")).out)).toMatchObject({ id: made.id, status: "canceled" });
  expect((await tillway("sessions", "cancel", made.id)).code).toBe(0);
});

it("e-mail is turned on, and what was kept instead of sent is listed, with the link to its page", async () => {
  const set = await tillway(
    "email-settings",
    "set",
    "--enabled",
    "true",
    "--from-name",
    "Chai",
    "--outcomes",
    "succeeded,refunded",
    "--json",
  );
  expect(JSON.parse(set.out)).toMatchObject({ enabled: true, from_name: "Chai", outcomes: ["succeeded", "refunded"], sent_by: "captured" });
  expect((await tillway("email-settings", "get")).out).toMatch(/^locale +en$/m);
  expect((await create("success", "--confirm", "true", "--customer-email", "asha@shopper.example")).code).toBe(0);
  await waitFor("the e-mail", async () => (await tillway("emails", "list")).out.includes("Your receipt from Chai"), { timeoutMs: 20_000 });
  expect((await tillway("emails", "list", "--limit", "1")).out).toMatch(
    /^CAPTURED_AT +TO +SUBJECT +DELIVERY_ID\n\S+ +asha@shopper.example /,
  );
  expect((await tillway("emails", "page")).out).toMatch(/^url +http:\/\/127\.0\.0\.1:\d+\/emails#emails\.test\.mer_\w+\.[\w-]{32}$/m);
});

describe("a refusal", () => {
  it("is one line on stderr with code and request, and with --json also the API's own answer", async () => {
    const { code, out, err } = await create("insufficient-funds", "--confirm", "true", "--json");
    expect(code).toBe(1);
    expect(err.trim().split("\n")).toEqual([
      expect.stringMatching(/^tillway: payment_failed \(insufficient_funds\): .* Request: req_\w+\.$/),
    ]);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "payment_failed", decline_code: "insufficient_funds" } });
  });

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ["a wrong key", ["payments", "list"], { TILLWAY_SECRET: "sk_test_wrong" }, 77, /authentication_error/],
    ["half a key", ["payments", "list"], { TILLWAY_SECRET: "" }, 2, /TILLWAY_SECRET is missing/],
    ["no key", ["payments", "list"], { TILLWAY_KEY: "", TILLWAY_SECRET: "" }, 2, /no API key: .*npm start/],
    ["an id of nothing", ["payments", "get", "pay_01K00000000000000000000000"], {}, 1, /not_found/],
    ["an unknown verb", ["payments", "captur", "x"], {}, 2, /no command "tillway payments" "captur"\. Did you mean capture\?/],
    ["an unknown option", ["payments", "list", "--statsu", "failed"], {}, 2, /Did you mean --status\?/],
    ["no verb", ["refunds"], {}, 2, /tillway refunds list, get or create/],
    ["a word in the place of an option", ["search", "find", "499.00"], {}, 2, /Write: tillway search find --q "499\.00"/],
    ["a word too many", ["payments", "list", "499.00"], {}, 2, /does not take "499\.00"\. See: tillway payments list --help/],
    ["no id", ["payments", "get"], {}, 2, /tillway payments get ID/],
    ["an unknown command", ["paymnets", "list"], {}, 2, /no command "paymnets"\. Did you mean payments\?/],
    ["a malformed address", ["payments", "list"], { TILLWAY_URL: "localhost" }, 78, /TILLWAY_URL is "localhost", which is not/],
  ])("for %s says what to do", async (_name, argv, changes, expected, line) => {
    const { code, err, out } = await run([...argv, "--json"], { ...environment, ...changes });
    expect(err).toMatch(line);
    expect(code).toBe(expected);
    expect(JSON.parse(out)).toMatchObject({ error: { code: expect.any(String) as string, message: expect.any(String) as string } });
  });

  it("says who does not answer", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, err } = await tillway("payments", "list", "--url", url);
    expect([code, err]).toEqual([
      69,
      `tillway: no Tillway answers at ${url} (ECONNREFUSED). Start it with \`npm start\`, or name another address by --url or TILLWAY_URL.\n`,
    ]);
  });

  it("tells another server from Tillway", async () => {
    const other = createServer((_request, response) => response.writeHead(404).end("<h1>nothing</h1>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { code, err } = await tillway("payments", "list", "--url", `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    other.close();
    expect([code, err]).toEqual([69, expect.stringMatching(/answers with 404, and not as Tillway does/)]);
  });
});

describe("the start of a command", () => {
  const bin = fileURLToPath(new URL("../../server/bin/tillway.js", import.meta.url));
  const settings = () => ({ PATH: process.env["PATH"], ...environment });
  const ms = (argv: readonly string[]): number => {
    const startedAt = performance.now();
    execFileSync(process.execPath, [bin, ...argv], { env: settings(), stdio: "ignore" });
    return performance.now() - startedAt;
  };

  // The quickest of some tries: other work on this machine only adds to it.
  it.each([[["--help"]], [["--version"]], [["help", "payments", "create"]]])("%j takes less than 300 ms", (argv) => {
    expect(Math.min(...Array.from({ length: 5 }, () => ms(argv)))).toBeLessThan(300);
  });

  it("loads neither the database's driver nor the server for a request to the API", async () => {
    const trace = join(home, "trace.mjs");
    writeFileSync(
      trace,
      `import { register } from "node:module";
       register("data:text/javascript," + encodeURIComponent("export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }"));`,
    );
    const { spawn } = await import("node:child_process");
    const child = spawn(process.execPath, ["--import", trace, bin, "payments", "list"], {
      env: settings(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    await new Promise((resolve) => child.once("close", resolve));
    const loaded = err.split("\n").filter((line) => line.startsWith("file:"));
    expect(out).toContain("STATUS");
    expect(loaded.some((url) => url.endsWith("/cli/client/api.js"))).toBe(true);
    expect(loaded.filter((url) => /node_modules\/(pg|fastify|pino|typebox)|\/sandbox\/|storage|\/wire\.js/.test(url))).toEqual([]);
  });
});
