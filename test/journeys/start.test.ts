/** `tillway all` as a new user meets it: started, paid with, stopped, started again. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers, freshDatabase } from "../support/databases.ts";
import { canRunAsNobody, nobody, postmasterPid, temporaryPlace, type UserId } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { card, Merchant, type Json } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { launch, processesOf, run, type Program } from "./support/program.ts";
import "./support/patience.ts";

const open = closedAfterEach();

interface Instance {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: UserId | undefined;
}

interface Started {
  readonly program: Program;
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
  const program = launch(["all"], environment, user);
  open.push(() => program.stop("SIGKILL"));
  await program.printed(/Stop with Ctrl-C/, 90_000);
  const [, url] = (await program.printed(/API +(http:\S+)\/v1 /)) as unknown as [string, string];
  const [, key] = (await program.printed(/X-Api-Key +(\S+)/)) as unknown as [string, string];
  const [, secret] = (await program.printed(/X-Api-Secret +(\S+)/)) as unknown as [string, string];
  const [curl] = await program.printed(/^curl .*$/m);
  return { program, url, shop: new Merchant(url, { key, secret }), curl };
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

/** Its pages and webhooks need the API's address, also if the system chose the port. */
async function expectWorkingSandbox({ url, shop }: Started, home: string): Promise<void> {
  const { json } = await shop.create(card("4000002500003155", { confirm: true }));
  expect([json.status, json.next_action.url.startsWith(url)]).toEqual(["requires_action", true]);
  expect(await (await fetch(json.next_action.url)).text()).toContain("Complete authentication");
  await fetch(`${json.next_action.url}/complete`, { method: "POST" });
  await shop.until(json.id, "succeeded");
  // An entry "told" is a webhook that was delivered.
  const books = join(home, "sandbox", "journal.jsonl");
  const key = json.attempts[0].gateway_key;
  await waitFor("its webhook", () =>
    readFileSync(books, "utf8")
      .split("\n")
      .some((line) => line.includes('"told"') && line.includes(key)),
  );
}

const who = canRunAsNobody ? "as root and as an ordinary user" : "twice as this user";

it(`two homes side by side, ${who}: the printed line pays, each start prints the same keys, Ctrl-C leaves nothing but the data`, async () => {
  const instances = [place(await freePort()), place(0, canRunAsNobody ? nobody : undefined)];
  const firsts = await Promise.all(instances.map(start));
  expect(firsts[0]!.url).not.toBe(firsts[1]!.url);
  const paid = await Promise.all(
    firsts.map(async ({ curl, shop }) => {
      const { status, json } = paste(curl);
      expect([status, json.status]).toEqual([201, "pending"]);
      await shop.until(json.id, "succeeded");
      return json.id as string;
    }),
  );
  await expectWorkingSandbox(firsts[1]!, instances[1]!.home);
  for (const [n, { home, environment, user }] of instances.entries()) {
    const keysFile = join(home, "test-keys.json");
    expect(statSync(keysFile).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(keysFile, "utf8"))).toMatchObject({
      key: firsts[n]!.shop.keys.key,
      secret: firsts[n]!.shop.keys.secret,
    });
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
  for (const [n, { shop, program }] of seconds.entries()) {
    expect(shop.keys).toEqual(firsts[n]!.shop.keys);
    expect((await shop.payment(paid[n]!)).status).toBe("succeeded");
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

it("Ctrl-C with a call at the bank names the call that it waits for; a second one ends at once and leaves nothing but the data", async () => {
  const instance = place(0);
  const slow = { ...instance, environment: { ...instance.environment, SANDBOX_DELAY_MS: "30000", SANDBOX_SUCCESS_RATE: "1" } };
  const first = await start(slow);
  const { json } = await first.shop.create({ amount: 500, currency: "INR", method: "upi", upi: { vpa: "someone@bank" } });
  await first.shop.until(json.id, "processing");
  first.program.process.kill("SIGINT");
  await first.program.printed(/Calls to the gateway are under way/);
  first.program.process.kill("SIGINT");
  expect(await first.program.ended).toEqual({ code: 130, signal: null });
  await expectNothingLeft(instance.home);
  const second = await start(slow);
  expect((await second.shop.payment(json.id)).status).toBe("processing");
});

it("a port that is taken is one line that says what to do, and leaves no process", async () => {
  const neighbour = createServer();
  await new Promise<void>((resolve) => neighbour.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => neighbour.close(resolve)));
  const { home, environment } = place((neighbour.address() as AddressInfo).port);
  const refused = await run(["all"], environment);
  expect(refused.code).toBe(1);
  expect(refused.err.trim().split("\n")).toEqual([expect.stringMatching(/EADDRINUSE.*API_PORT/)]);
  await expectNothingLeft(home);
});

it("with a DATABASE_URL no PostgreSQL is started; the home is still one process's, and the data is in that database", async () => {
  const database = await freshDatabase(databaseServers().at(-1)!.url);
  open.push(() => database.drop());
  const alone = place(0);
  const instance = { ...alone, environment: { ...alone.environment, DATABASE_URL: database.url } };
  const { curl, shop, program } = await start(instance);
  const { id } = paste(curl).json;
  await shop.until(id, "succeeded");
  expect(existsSync(join(instance.home, "postgres"))).toBe(false);
  const second = await run(["all"], instance.environment);
  expect([second.code, second.err.trim().split("\n").length]).toEqual([1, 1]);
  const { rows } = await connect(database.url, (client) => client.query("select status from payments where id = $1", [id]));
  expect(rows).toEqual([{ status: "succeeded" }]);
  await program.stop("SIGINT");
  await expectNothingLeft(instance.home);
});
