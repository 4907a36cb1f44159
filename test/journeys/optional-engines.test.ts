/** Engines that a user did not ask for are not loaded, and one that was asked for and is not installed is named with its cure. */
import { expect, it } from "vitest";
import { temporaryPlace } from "../support/embedded.ts";
import { closedAfterEach } from "./support/closing.ts";
import { card, Merchant } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { launch, run } from "./support/program.ts";
import "./support/patience.ts";

const open = closedAfterEach();
const nodeOptions = (code: string): string => `--import=data:text/javascript,${encodeURIComponent(code)}`;

/** Says at the end which packages of CommonJS it has loaded; these engines are such. */
const telling = nodeOptions(`
import module from "node:module";
process.on("exit", () => {
  const names = Object.keys(module._cache).map((path) => path.replaceAll("\\\\", "/").match(/.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/)?.[1]);
  console.error("loaded: " + [...new Set(names)].join(" ") + ".");
});`);

/** As if these packages were not installed. */
const without = (...names: readonly string[]): string => {
  const hook = `export const resolve = (name, context, next) => {
    if (${JSON.stringify(names)}.includes(name)) throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: "ERR_MODULE_NOT_FOUND" });
    return next(name, context);
  };`;
  return nodeOptions(`
import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));`);
};

async function home(): Promise<Record<string, string>> {
  const { path, remove } = temporaryPlace(0o711);
  open.push(remove);
  return { TILLWAY_HOME: `${path}/home`, API_PORT: String(await freePort()) };
}

it("the default profile starts, takes a payment and stops without loading any of them", async () => {
  const program = launch(["all"], { ...(await home()), NODE_OPTIONS: telling });
  open.push(() => program.stop("SIGKILL"));
  await program.printed(/Stop with Ctrl-C/, 90_000);
  const [url, key, secret] = [/API +(http:\S+)\/v1 /, /X-Api-Key +(\S+)/, /X-Api-Secret +(\S+)/].map((each) => each.exec(program.out)![1]!);
  const shop = new Merchant(url!, { key: key!, secret: secret! });
  const { json } = await shop.create(card("4242424242424242", { confirm: true, customer: { email: "shopper@example.com" } }));
  expect(json.status).toBe("succeeded");
  await program.stop();
  const [, loaded = ""] = /loaded: (.*)\./.exec(program.err) ?? [];
  expect(loaded.split(" ")).toContain("pg");
  expect(
    loaded.split(" ").filter((name) => /^(mongodb|bson|nodemailer|bullmq|ioredis|kafkajs|@opentelemetry\/(?!api$).*)$/.test(name)),
  ).toEqual([]);
});

it("with MONGODB_URL and without its driver, the start ends with the name of the package and the cure, and nothing of the URL", async () => {
  const environment = {
    ...(await home()),
    MONGODB_URL: "mongodb://teller:very-secret@127.0.0.1:1/tillway",
    NODE_OPTIONS: without("mongodb"),
  };
  const { code, out, err } = await run(["all"], environment);
  expect(code).toBe(78);
  expect(err).toContain("MONGODB_URL is set, and the package `mongodb` is not installed. Install it with `npm ci --include=optional`");
  expect(out + err).not.toContain("very-secret");
});

it.each(["mongodb://teller:very-secret@", "mongodb://teller:very-secret@host:port/x", "https://teller:very-secret@host/"])(
  "a URL that is none is named with its cure, and nothing of it is shown: %s",
  async (url) => {
    const { code, out, err } = await run(["all"], { ...(await home()), MONGODB_URL: url });
    expect(code).toBe(78);
    expect(err).toMatch(/MONGODB_URL is (not a mongodb:\/\/|no URL that the MongoDB driver understands)/);
    expect(out + err).not.toContain("very-secret");
  },
);
