import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryPlace } from "../support/embedded.ts";
import { closedAfterEach } from "./support/closing.ts";
import { Merchant, upi } from "./support/merchant.ts";
import { launch, run } from "./support/program.ts";
import "./support/patience.ts";

const open = closedAfterEach();

it(
  "a merchant that is created beside `tillway all`, without DATABASE_URL, pays there, also under another master key",
  { timeout: 180_000 },
  async () => {
    const { path, remove } = temporaryPlace(0o711);
    open.push(remove);
    const environment = { TILLWAY_HOME: join(path, "home"), API_PORT: "0", SANDBOX_DELAY_MS: "0" };
    const create = () => run(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example", "--json"], environment);
    const alone = await create();
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("no Tillway runs in")]);
    const program = launch(["all"], environment);
    open.push(() => program.stop("SIGKILL"));
    const [, url = ""] = await program.printed(/API +(http:\S+)\/v1 /, 90_000);
    const [, dashboard = ""] = await program.printed(/Dashboard +(http:\S+)/, 1_000);
    const { code, out, err } = await create();
    expect(code, err).toBe(0);
    const made = JSON.parse(out) as { readonly key: string; readonly secret: string };
    const { json } = await new Merchant(url, made).create(upi("success"));
    expect(json).toMatchObject({ object: "payment", id: expect.stringMatching(/^pay_/) });

    // Over the API, by the operator key in the home, it is seen; one that is created there pays too.
    const operate = async (...argv: string[]) => JSON.parse((await run(["merchants", ...argv, "--json"], environment)).out);
    const second = await operate("create", "--name", "Second", "--email", "second@merchant.example");
    expect((await new Merchant(url, second.api_key).create(upi("success"))).json).toMatchObject({ object: "payment" });
    const seen = await operate("list");
    expect(seen.data.map(({ email }: { email: string }) => email)).toEqual([
      "second@merchant.example",
      "shop@merchant.example",
      "test@merchant.example",
    ]);
    // A link leads to the dashboard that runs there, on whatever port, although this command was not told of it.
    const invited = await run(
      ["people", "invite", "--merchant", "shop@merchant.example", "--email", "ann@shop.example", "--role", "owner"],
      environment,
    );
    expect(invited.out.startsWith(`${dashboard}/invitation#inv_`), invited.out + invited.err).toBe(true);
    const limited = await operate("update-key", second.id, second.api_key.id, "--rate-limit-per-second", "5");
    expect(limited).toMatchObject({ rate_limit_per_second: 5 });
    const revoked = await operate("revoke-key", second.id, second.api_key.id);
    expect(revoked).toMatchObject({ id: second.api_key.id, revoked_at: expect.any(String) });

    // Another master key while it runs: the home has the new one, and nobody's key is another.
    const masterKey = async (verb: string) => JSON.parse((await run(["master-key", verb, "--json"], environment)).out);
    const rotated = await masterKey("rotate");
    expect(
      (await masterKey("status")).keys.map(({ id, is_this_ones }: { id: string; is_this_ones: boolean }) => [id, is_this_ones]),
    ).toEqual([
      [rotated.before, false],
      [rotated.id, true],
    ]);
    expect(await masterKey("retire")).toEqual({ id: rotated.id, retired: [rotated.before] });
    expect((await new Merchant(url, made).create(upi("success"))).json).toMatchObject({ object: "payment" });
    await program.stop();
    const again = launch(["all"], environment);
    open.push(() => again.stop("SIGKILL"));
    const [, newUrl = ""] = await again.printed(/API +(http:\S+)\/v1 /, 90_000);
    expect((await new Merchant(newUrl, made).create(upi("success"))).json).toMatchObject({ object: "payment" });
  },
);
