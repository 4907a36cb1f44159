/** `tillway all` as a new user meets it: started, paid with, stopped, started again. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { canRunAsNobody, nobody, postmasterPid, temporaryPlace, type UserId } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import { Merchant, type Json } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { launch, processesOf, run, type Program } from "./support/program.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Instance {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: UserId | undefined;
}

interface Started {
  readonly program: Program;
  readonly tookMs: number;
  readonly url: string;
  readonly shop: Merchant;
  /** The line to paste. */
  readonly curl: string;
}

function place(apiPort: number, user?: UserId): Instance {
  const { path, remove } = temporaryPlace(0o711, user);
  open.push(remove);
  const home = join(path, "home");
  return { home, environment: { TILLWAY_HOME: home, API_PORT: String(apiPort) }, user };
}

async function start({ environment, user }: Instance): Promise<Started> {
  const startedAt = performance.now();
  const program = launch(["all"], environment, user);
  open.push(() => program.stop("SIGKILL"));
  await program.printed(/Stop with Ctrl-C/, 90_000);
  const tookMs = performance.now() - startedAt;
  const [, url] = (await program.printed(/API +(http:\S+)\/v1 /)) as unknown as [string, string];
  const [, key] = (await program.printed(/X-Api-Key +(\S+)/)) as unknown as [string, string];
  const [, secret] = (await program.printed(/X-Api-Secret +(\S+)/)) as unknown as [string, string];
  const [curl] = await program.printed(/^curl .*$/m);
  return { program, tookMs, url, shop: new Merchant(url, { key, secret }), curl };
}

/** As pasted; only the status is asked for in addition. */
function paste(line: string): { status: number; json: Json } {
  const lines = execFileSync("sh", ["-c", `${line} -w '\n%{http_code}'`], { encoding: "utf8" }).split("\n");
  return { status: Number(lines.pop()), json: JSON.parse(lines.join("\n")) };
}

async function expectNothingLeft(home: string): Promise<void> {
  await waitFor("the processes of this home to go", () => processesOf(home).length === 0);
  expect(postmasterPid(home)).toBeNull();
}

const who = canRunAsNobody ? "as root and as an ordinary user" : "twice as this user";

it(`two homes side by side, ${who}: the printed line pays, each start prints the same keys, Ctrl-C leaves nothing but the data`, { timeout: 180_000 }, async () => {
  const instances = [place(await freePort()), place(0, canRunAsNobody ? nobody : undefined)];
  const firsts = await Promise.all(instances.map(start));
  expect(firsts[0]!.url).not.toBe(firsts[1]!.url);
  const paid = await Promise.all(firsts.map(async ({ curl, shop }) => {
    const { status, json } = paste(curl);
    expect([status, json.status]).toEqual([201, "pending"]);
    await shop.until(json.id, "succeeded");
    return json.id as string;
  }));
  for (const [n, { home, environment, user }] of instances.entries()) {
    const keysFile = join(home, "test-keys.json");
    expect(statSync(keysFile).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(keysFile, "utf8"))).toMatchObject({ key: firsts[n]!.shop.keys.key, secret: firsts[n]!.shop.keys.secret });
    const second = await run(["all"], { ...environment, API_PORT: "0" }, user);
    expect(second.code).toBe(1);
    expect(second.err.trim().split("\n")).toEqual([expect.stringMatching(/^tillway: .*another Tillway/i)]);
  }
  expect((await firsts[0]!.shop.get(`/v1/payments/${paid[1]}`)).status).toBe(404);

  await Promise.all(firsts.map(({ program }) => program.stop("SIGINT")));
  for (const [n, { home }] of instances.entries()) {
    expect(await firsts[n]!.program.ended).toEqual({ code: 0, signal: null });
    expect(firsts[n]!.program.out).toContain("Your data stays");
    await expectNothingLeft(home);
  }

  const seconds = await Promise.all(instances.map(start));
  for (const [n, { shop, tookMs, program }] of seconds.entries()) {
    expect(shop.keys).toEqual(firsts[n]!.shop.keys);
    expect((await shop.payment(paid[n]!)).status).toBe("succeeded");
    expect(tookMs).toBeLessThan(firsts[n]!.tookMs);
    // kill -9 is no stop: PostgreSQL outlives it, and the next start takes it over.
    program.process.kill("SIGKILL");
    await program.ended;
  }
  const third = await start(instances[1]!);
  expect((await third.shop.payment(paid[1]!)).status).toBe("succeeded");
  await third.program.stop("SIGTERM");
  expect(await third.program.ended).toEqual({ code: 0, signal: null });
  await expectNothingLeft(instances[1]!.home);
});

it("a port that is taken is one line that says what to do, and leaves no process", { timeout: 60_000 }, async () => {
  const instance = place(0);
  const { program, url } = await start(instance);
  const other = place(Number(new URL(url).port));
  const refused = await run(["all"], { ...other.environment });
  expect(refused.code).toBe(1);
  expect(refused.err.trim().split("\n")).toEqual([expect.stringMatching(/EADDRINUSE.*API_PORT/)]);
  await expectNothingLeft(other.home);
  await program.stop("SIGINT");
});
