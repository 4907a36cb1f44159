/** `npm run dev` in a copy of the sources, in a directory with an odd name: what is changed there is seen by who has the page open. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseServers, freshDatabase } from "../support/databases.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import { freePort } from "./support/ports.ts";
import { environmentWithoutOurs, processesOf } from "./support/program.ts";
import "./support/patience.ts";

const root = join(import.meta.dirname, "../..");
const members = ["checkout", "dashboard", "examples", "sandbox", "sdk", "server"];
/** Compiling on a machine that has much else to do. */
const SEEN_WITHIN_MS = 120_000;

const stops: (() => unknown)[] = [];
let clone: string;
let url: string;
let checkoutUrl: string;
/** Where Vite serves the dashboard. */
let viteUrl: string;
let home: string;
let said = "";
let program: ReturnType<typeof spawn>;

beforeAll(async () => {
  const { path, remove } = temporaryPlace();
  stops.push(remove);
  clone = join(path, "any name é & more");
  home = join(path, "home");
  copyInto(clone);
  const database = await freshDatabase(databaseServers()[0]!.url);
  stops.push(() => database.drop());
  const [apiPort, checkoutPort, dashboardPort] = [await freePort(), await freePort(), await freePort()];
  url = `http://127.0.0.1:${apiPort}`;
  checkoutUrl = `http://127.0.0.1:${checkoutPort}`;
  program = spawn(process.execPath, ["scripts/dev.mjs"], {
    cwd: clone,
    env: {
      ...environmentWithoutOurs(),
      TILLWAY_HOME: home,
      DATABASE_URL: database.url,
      API_PORT: String(apiPort),
      CHECKOUT_PORT: String(checkoutPort),
      DASHBOARD_PORT: String(dashboardPort),
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [program.stdout!, program.stderr!]) stream.on("data", (text: Buffer) => (said += text.toString()));
  const ended = new Promise<void>((resolve) => program.once("exit", () => resolve()));
  stops.push(async () => {
    program.kill("SIGTERM");
    await ended;
  });
  await printed(/Checkout +http/);
  viteUrl = /dashboard with dashboard\/src is at (\S+)\. Stop/.exec(said)![1]!;
}, 180_000);
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
}, 60_000);

/** All that is built and run, and the build that is there, so that only what changes is compiled. */
function copyInto(folder: string): void {
  mkdirSync(join(folder, "node_modules/@tillway"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "@tillway") symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  for (const name of members) symlinkSync(join("../..", name), join(folder, "node_modules/@tillway", name));
  const filter = (from: string): boolean => basename(from) !== "node_modules";
  for (const name of [...members, "scripts"])
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true, filter });
  for (const name of readdirSync(root)) if (/^(package.*|tsconfig.*)\.json$/.test(name)) cpSync(join(root, name), join(folder, name));
}

async function printed(pattern: RegExp): Promise<void> {
  await waitFor(
    `npm run dev to print ${pattern}`,
    () => pattern.test(said) || (program.exitCode !== null && Promise.reject(new Error(said))),
    { timeoutMs: SEEN_WITHIN_MS },
  ).catch((error: unknown) => {
    throw new Error(said, { cause: error });
  });
}

function change(file: string, before: string, after: string): void {
  const path = join(clone, file);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(before);
  writeFileSync(path, text.replace(before, after));
}

const built = async (): Promise<{ code: string; style: string }> => (await fetch(`${checkoutUrl}/assets/built.json`)).json() as never;
const page = async (): Promise<string> => (await fetch(`${checkoutUrl}/c/cs_01KAJ0000000000000000000AB`)).text();
const until = (what: string, is: () => Promise<boolean>) => waitFor(what, is, { timeoutMs: SEEN_WITHIN_MS });

it("says where it listens, and serves pages under their own policy with one script more", async () => {
  expect(said).toContain(`API        ${url}/v1`);
  expect(said).toContain(`Checkout   ${checkoutUrl}`);
  const { headers } = await fetch(`${checkoutUrl}/c/cs_01KAJ0000000000000000000AB`);
  expect(headers.get("content-security-policy")).toContain("script-src 'self'; style-src 'self'");
  const { code, style } = await built();
  expect(await page()).toContain(`src="/assets/dev.js?code=${code}"`);
  expect(await page()).toContain(`href="${style}"`);
});

it("shows a changed style without another page, and changed code by one", async () => {
  const before = await built();
  change("checkout/src/style.css", ":root {", ":root {\n  --changed: 1px;");
  await until("the style", async () => (await built()).style !== before.style);
  const styled = await built();
  expect(styled.code).toBe(before.code);
  expect(await (await fetch(checkoutUrl + styled.style)).text()).toContain("--changed");
  change("checkout/src/views/form.tsx", 'class="form"', 'class="form changed"');
  await until("the code", async () => (await built()).code !== before.code);
  expect(await page()).toContain(`code=${(await built()).code}"`);
});

/** What Vite tells a page that is open: its frames as they come, of which the text is JSON. */
function openPage(): { told: () => string; close: () => void } {
  let told = "";
  const key = randomBytes(16).toString("base64");
  const asked = { "sec-websocket-version": "13", "sec-websocket-key": key, "sec-websocket-protocol": "vite-hmr" };
  const request = get(viteUrl, { headers: { connection: "Upgrade", upgrade: "websocket", ...asked } });
  request.once("upgrade", (_response, socket, first) => {
    told += first.toString("latin1");
    socket.on("data", (bytes: Buffer) => (told += bytes.toString("latin1")));
  });
  return { told: () => told, close: () => request.destroy() };
}

it("shows changed code of the dashboard in pages that are open, beside the API of the listener that runs", async () => {
  const source = async (): Promise<string> => (await fetch(`${viteUrl}src/shell/not-found.tsx`)).text();
  expect(await source()).toContain("There is nothing at this address");
  expect((await fetch(`${viteUrl}v1/session`)).status).toBe(401);
  const { told, close } = openPage();
  await until("the page to be connected", async () => told().includes('"connected"'));
  change("dashboard/src/shell/not-found.tsx", "There is nothing at this address", "There is nothing here");
  await until("the page to hear of it", async () => told().includes('"full-reload"'));
  expect(await source()).toContain("There is nothing here");
  close();
});

it("compiles the server's sources when they change, and starts it anew over the same data", async () => {
  const keys = readFileSync(join(home, "test-keys.json"), "utf8");
  said = "";
  change("server/src/cli/banner.ts", "Tillway is ready", "Tillway is ready again");
  await printed(/Tillway is ready again/);
  await until("the API", async () => (await fetch(`${url}/health/ready`)).status === 200);
  expect(readFileSync(join(home, "test-keys.json"), "utf8")).toBe(keys);
});

it("names a mistake and goes on", async () => {
  said = "";
  change("checkout/src/views/form.tsx", "export function Form()", "export function Form(");
  await printed(/dev: [\s\S]*form\.tsx/);
  const broken = await built();
  change("checkout/src/views/form.tsx", "export function Form(", "export function Form()");
  change("checkout/src/views/form.tsx", 'class="form changed"', 'class="form mended"');
  await until("the mended page", async () => (await built()).code !== broken.code);
});

it("leaves nothing running when it is stopped", async () => {
  program.kill("SIGINT");
  await waitFor("npm run dev to end", () => program.exitCode !== null, { timeoutMs: 60_000 });
  expect(program.exitCode).toBe(0);
  await waitFor("all its processes to go", () => processesOf(home).length === 0);
});
