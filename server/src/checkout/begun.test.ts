import { expect, it } from "vitest";
import { TillwayError } from "../core/errors.ts";
import { begunPayments, namingNoOther, SHOPPERS_CHARGES_MAX, STRANGERS_CHARGES_MAX } from "./begun.ts";

type Counted = ReturnType<typeof begunPayments>;
type Found = Parameters<Counted>[0];
type Answer = Awaited<ReturnType<Counted>>;

const begun = { status: 201, body: "{}", replayed: false };
const order = { id: "ord_1" } as Found["order"];
const link = { id: "plink_1" } as Found["link"];

/** How many are let through before the first one is refused. */
async function countOf(counted: Counted, found: Found, act: () => Promise<Answer> = async () => begun): Promise<number> {
  for (let n = 0; n < 100; n++) {
    const refused = await counted(found, true, act).catch((error: unknown) => error);
    if (refused instanceof TillwayError) return n;
  }
  return 100;
}

it.each([
  ["the client secret", { by: "secret", order, link: null }, SHOPPERS_CHARGES_MAX],
  ["an opening", { by: "opening", order, link: null }, STRANGERS_CHARGES_MAX],
  ["the secret that a payment link gives to anybody", { by: "secret", order, link }, STRANGERS_CHARGES_MAX],
] as const)("by %s an order takes only so many payments in half an hour, and repeats are not counted", async (_, found, most) => {
  let now = 0;
  const counted = begunPayments({ flows: { clock: { now: () => now } as never } });
  expect(await countOf(counted, found, async () => ({ ...begun, replayed: true }))).toBe(100);
  expect(await countOf(counted, found)).toBe(most);
  now += 1_800_000;
  expect(await countOf(counted, found)).toBe(most);
});

it("whoever has no secret slows nobody down who has it", async () => {
  const counted = begunPayments({ flows: { clock: { now: () => 0 } as never } });
  await countOf(counted, { by: "opening", order, link: null });
  expect(await countOf(counted, { by: "secret", order, link: null })).toBe(SHOPPERS_CHARGES_MAX);
});

it("somebody else's payment, which has the order, is named to the order's secret alone", async () => {
  const busy = () => Promise.reject(new TillwayError("order_busy", { param: "order_id", paymentId: "pay_1" }));
  const told = (by: Found["by"]) => namingNoOther({ by, order, link: null }, busy).catch((error: unknown) => JSON.stringify(error));
  expect(await told("secret")).toContain("pay_1");
  for (const by of ["opening", "payment"] as const) expect(await told(by)).not.toContain("pay_1");
});
