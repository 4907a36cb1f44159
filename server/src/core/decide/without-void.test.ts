import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { HOUR, says } from "../../../../test/support/flows/rows.ts";
import { AUTHORIZATION_MARGIN_MS } from "../constants.ts";
import { decideExpiry } from "./expire.ts";

/** A gateway that can't release a hold, as Razorpay: it captures whole or not at all, and gives back what nobody captures. */
const capabilities = { operations: ["charge", "capture", "refund"], captures: "full", cancels: "never" } as const;
const voids = (desk: Desk) => desk.attempts.filter(({ operation }) => operation === "void");

describe("a hold at a gateway without void", () => {
  it("is neither voided nor canceled: the refusal names the way out", async () => {
    const desk = await new Desk({ capabilities }).authorized();
    for (const decided of [await desk.void(), await desk.cancel()])
      expect(decided).toMatchObject({
        refusal: { code: "invalid_state", message: expect.stringContaining("It lapses by itself") as string },
      });
    expect(desk.payment.status).toBe("authorized");
  });

  it("is captured whole or not at all", async () => {
    const desk = await new Desk({ capabilities }).authorized();
    for (const isFinal of [false, true])
      expect(await desk.capture({ amount: 400, isFinal })).toMatchObject({
        refusal: { code: "invalid_state", message: expect.stringContaining("whole") as string },
      });
    await desk.capture({ amount: 1_000 });
    const sent = (await desk.begin("capture"))!;
    await desk.answer(sent, says.succeeded(sent));
    expect(desk.payment).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    expect(voids(desk)).toEqual([]);
  });

  it("is asked about from its expiry on, without a case, until it has lapsed", async () => {
    const desk = await new Desk({ capabilities }).authorized();
    desk.now = desk.payment.lapsesAt! - AUTHORIZATION_MARGIN_MS;
    const charge = desk.last("charge");
    for (let hours = 0; hours < 3; hours++) {
      const expiry = await desk.decide((snapshot, context) => decideExpiry(snapshot, context));
      expect(expiry).toMatchObject({ nothing: true, retryAt: desk.now + HOUR, ask: { id: charge.id } });
      desk.now += HOUR;
    }
    expect([voids(desk), desk.openCases]).toEqual([[], []]);
    await desk.hear(charge, says.canceled);
    expect(desk.payment.status).toBe("canceled");
    expect(broken(desk.tables)).toEqual([]);
  });

  it("that came although a cancel was asked for lapses as well", async () => {
    const desk = new Desk({ capabilities });
    const sent = await desk.charging({ captureMethod: "manual" });
    await desk.cancel();
    await desk.answer(sent, says.authorized(sent));
    expect([desk.payment.status, voids(desk)]).toEqual(["authorized", []]);
    await desk.hear(desk.last("charge"), says.canceled);
    expect(desk.payment.status).toBe("canceled");
    expect(broken(desk.tables)).toEqual([]);
  });

  it("of a charge that was declined before is a case that says so, and a late capture is given back", async () => {
    const desk = new Desk({ capabilities });
    const sent = await desk.charging();
    await desk.answer(sent, says.declined());
    await desk.hear(desk.last("charge"), says.authorized(sent));
    expect([voids(desk), desk.refunds, desk.openCases]).toEqual([[], [], ["late_truth"]]);
    expect([...desk.tables.cases.values()][0]!.summary).toContain("lapses by itself");
    await desk.hear(desk.last("charge"), says.succeeded(sent));
    expect(desk.refunds).toMatchObject([{ kind: "reversal", amount: 1_000 }]);
    expect(broken(desk.tables)).toEqual([]);
  });
});
