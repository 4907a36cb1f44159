import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryPlace } from "../support/embedded.ts";
import { closedAfterEach } from "./support/closing.ts";
import { Merchant, upi } from "./support/merchant.ts";
import { launch, run } from "./support/program.ts";
import "./support/patience.ts";

const open = closedAfterEach();

it("a merchant that is created beside `tillway all`, without DATABASE_URL, pays there", { timeout: 180_000 }, async () => {
  const { path, remove } = temporaryPlace(0o711);
  open.push(remove);
  const environment = { TILLWAY_HOME: join(path, "home"), API_PORT: "0", SANDBOX_DELAY_MS: "0" };
  const create = () => run(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example", "--json"], environment);
  const alone = await create();
  expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("no Tillway runs in")]);
  const program = launch(["all"], environment);
  open.push(() => program.stop("SIGKILL"));
  const [, url = ""] = await program.printed(/API +(http:\S+)\/v1 /, 90_000);
  const { code, out, err } = await create();
  expect(code, err).toBe(0);
  const made = JSON.parse(out) as { readonly key: string; readonly secret: string };
  const { json } = await new Merchant(url, made).create(upi("success"));
  expect(json).toMatchObject({ object: "payment", id: expect.stringMatching(/^pay_/) });
});
