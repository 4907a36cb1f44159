import { expect, it } from "vitest";
import type { Shelf } from "./access.ts";
import { secretsOf } from "./secrets.ts";
import { examplePayment, exampleView } from "./examples.ts";

function shelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => void kept.set(name, value),
    remove: (name) => void kept.delete(name),
  };
}

const byId = { key: "pk_test_1", orderId: "ord_1" };
const view = { ...exampleView, payment: null };
const gone = async (): Promise<never> => {
  throw new Error("not asked for in this test");
};

it("uses the order's secret for everything, and asks for no opening", async () => {
  const secrets = secretsOf({ key: "pk_test_1", secret: "ord_1_secret_x" }, shelf(), gone);
  expect(await Promise.all(["", "/payments", "/payments/pay_1"].map(secrets.for))).toEqual(
    Array.from({ length: 3 }, () => "ord_1_secret_x"),
  );
  expect(await secrets.withOwn(view, gone)).toBe(view);
});

it("opens an order by its id once, however many ask at once, and again if nobody answered", async () => {
  const asked: string[] = [];
  const secrets = secretsOf(byId, shelf(), async (body) => {
    asked.push(body);
    if (asked.length === 1) throw new Error("cut");
    return { client_secret: "opening" };
  });
  const first = await Promise.allSettled([secrets.for(""), secrets.for("/payments")]);
  expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await Promise.all([secrets.for(""), secrets.for("/payments"), secrets.for("/payments/pay_1")])).toEqual([
    "opening",
    "opening",
    "opening",
  ]);
  expect(asked).toEqual(Array.from({ length: 2 }, () => `{"order_id":"ord_1"}`));
});

it("goes on with a payment by the secret that it came with, also after a reload, and shows it while it is worth showing", async () => {
  const tab = shelf();
  const payment = { ...examplePayment("processing"), id: "pay_1", client_secret: "pay_1_secret_x" };
  secretsOf(byId, tab, gone).kept(payment);
  const again = secretsOf(byId, tab, async () => ({ client_secret: "opening" }));
  expect(await Promise.all(["/payments/pay_1", "/payments/pay_1/stream", "/payments/pay_2"].map(again.for))).toEqual([
    "pay_1_secret_x",
    "pay_1_secret_x",
    "opening",
  ]);
  const shown = async (status: string) => (await again.withOwn(view, async (id) => examplePayment(status, { id }))).payment?.id ?? null;
  expect(await Promise.all(["created", "processing", "succeeded", "failed", "canceled"].map(shown))).toEqual([
    "pay_1",
    "pay_1",
    "pay_1",
    null,
    null,
  ]);
  // The server does not know it: nothing is shown of it.
  expect(await again.withOwn(view, async () => null)).toBe(view);
});
