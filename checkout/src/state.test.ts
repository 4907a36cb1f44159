import { expect, it } from "vitest";
import { examplePayment, exampleView } from "./examples.ts";
import { initialState, reduce, screenOf, type Action, type State } from "./state.ts";
import { scenes } from "./states.ts";

const after = (...actions: readonly Action[]): State => actions.reduce(reduce, initialState());
const opened: Action = { type: "opened", view: exampleView };
const sent: Action = { type: "sent" };
const failed = examplePayment("failed", { error: { code: "payment_failed", decline_code: "insufficient_funds", message: "No." } });
const typed = (field: string, value: string): Action => ({ type: "typed", method: "card", field, value });

it.each(scenes.filter(({ view, pay }) => typeof view === "object" && view !== null && pay === undefined))(
  "a page that opens on $name shows it at once",
  ({ view, screen }) => {
    expect(screenOf(after({ type: "opened", view: view as typeof exampleView }))).toBe(screen);
  },
);

it("keeps what was typed when a card is declined, but the security code", () => {
  const state = after(opened, typed("number", "4242"), typed("cvv", "123"), sent, { type: "payment", payment: failed });
  expect([state.stage, state.values["card"], state.ended]).toEqual([
    "form",
    { number: "4242", cvv: "" },
    { kind: "declined", code: "insufficient_funds", method: "card" },
  ]);
});

it("tells a decline once: the view that is read after it takes nothing that was typed since", () => {
  const declined: Action = { type: "payment", payment: failed };
  const state = after(opened, sent, declined, typed("cvv", "123"), { type: "opened", view: { ...exampleView, payment: failed } });
  expect([state.values["card"], state.refusals]).toEqual([{ cvv: "123" }, 1]);
});

it("takes the fault away from a field that is typed in, and from no other", () => {
  const state = after(
    opened,
    { type: "invalid", faults: { "card.number": "error.number_missing", "card.cvv": "error.cvv_missing" } },
    typed("cvv", "1"),
  );
  expect(state.faults).toEqual({ "card.number": "error.number_missing" });
});

it.each([
  ["card.number", "card.number"],
  ["card.expiry_year", "card.expiry"],
  ["card.holder_name", "card.name"],
  ["amount", undefined],
])("a refusal of %s stands at the field %s", (param, field) => {
  const state = after(opened, sent, { type: "refused", error: { code: "invalid_card", message: "No.", param } });
  expect([Object.keys(state.faults)[0], state.ended?.kind]).toEqual([field, field === undefined ? "refused" : undefined]);
});

it("goes back to the shop by itself only from the end of what was begun here", () => {
  const paid: Action = { type: "payment", payment: examplePayment("succeeded") };
  const complete: Action = { type: "opened", view: { ...exampleView, status: "complete", payment: examplePayment("succeeded") } };
  expect([after(opened, sent, paid).goesBack, after(complete).goesBack]).toEqual([true, false]);
});

it.each([
  ["processing", "requested", "canceling"],
  ["requires_action", "requested", "canceling"],
  ["authorized", "requested", "canceling"],
  ["succeeded", "refund_pending", "canceling"],
  ["succeeded", "refund_failed", "canceling"],
  ["succeeded", "refunded", "form"],
  ["succeeded", null, "success"],
] as const)("a payment that is %s, of whose cancel the server says %s, is shown as %s", (status, cancel, screen) => {
  const payment = examplePayment(status, { cancel });
  expect(screenOf(after(opened, sent, { type: "payment", payment }))).toBe(screen);
  // The same after a reload.
  expect(screenOf(after({ type: "opened", view: { ...exampleView, payment } }))).toBe(screen);
});

it.each(["expired", "canceled"] as const)(
  "a payment that lives is shown although its session is %s, and nobody says that nothing was charged",
  (status) => {
    const view = { ...exampleView, status };
    expect(screenOf(after({ type: "opened", view: { ...view, payment: examplePayment("processing") } }))).toBe("processing");
    expect(screenOf(after({ type: "opened", view }))).toBe(status);
  },
);

it("stays paid when nobody answers any more", () => {
  const state = after(opened, sent, { type: "payment", payment: examplePayment("succeeded") }, { type: "connection", isThere: false });
  expect(screenOf(state)).toBe("success");
});

it("counts the wait anew when the bank has let the shopper go", () => {
  const payment = (status: string): Action => ({ type: "payment", payment: examplePayment(status) });
  expect(after(opened, sent, { type: "slow" }, payment("requires_action")).isSlow).toBe(false);
  expect(after(opened, payment("processing"), { type: "slow" }, payment("processing")).isSlow).toBe(true);
});
