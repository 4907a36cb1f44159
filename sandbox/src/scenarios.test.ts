import { describe, expect, it } from "vitest";
import { keyOf, openDesk, type Desk } from "./desk.testing.ts";
import { effects, hidesOutcome, type FaultName } from "./faults.ts";
import { net } from "./net.testing.ts";
import { inputOfToken, inputOfVpa, tokenOf } from "./gateway/inputs.ts";
import { scenarioMarkdown } from "./gateway/scenario-docs.ts";
import { scenarioTable, type ScenarioName } from "./scenarios.ts";

const names = Object.keys(scenarioTable) as ScenarioName[];
const body = (token: string) => ({ key: keyOf(1), amount: 1_000, currency: "INR", token });
const charge = (desk: Desk, name: ScenarioName) => desk.ask("POST", "/charges", body(tokenOf(name)));
const found = (desk: Desk) => desk.ask("GET", `/operations?key=${keyOf(1)}`);

/** First answer (status, or HTTP status and connection), then the status an hour later and the money taken. */
const wanted: Record<ScenarioName, [first: string, later: string, net: number]> = {
  success: ["succeeded", "succeeded", 1_000],
  "card-declined": ["declined", "declined", 0],
  "insufficient-funds": ["declined", "declined", 0],
  "fraud-suspected": ["declined", "declined", 0],
  "expired-card": ["declined", "declined", 0],
  "incorrect-cvc": ["declined", "declined", 0],
  "lost-card": ["declined", "declined", 0],
  "stolen-card": ["declined", "declined", 0],
  "limit-exceeded": ["declined", "declined", 0],
  "technical-decline": ["declined", "declined", 0],
  failure: ["declined", "declined", 0],
  challenge: ["requires_action", "declined", 0],
  "challenge-declined": ["requires_action", "declined", 0],
  pending: ["pending", "succeeded", 1_000],
  timeout: ["pending", "declined", 0],
  processing: ["pending", "succeeded", 1_000],
  "unknown-status": ["held_for_review", "succeeded", 1_000],
  "timeout-before": ["silent", "not found", 0],
  "timeout-after": ["silent", "succeeded", 1_000],
  "error-before": ["500", "not found", 0],
  "error-after": ["500", "succeeded", 1_000],
  "html-after": ["502", "succeeded", 1_000],
  "reset-before": ["reset", "not found", 0],
  "reset-after": ["reset", "succeeded", 1_000],
  "cut-after": ["cut", "succeeded", 1_000],
  throttled: ["429", "not found", 0],
  unavailable: ["503", "not found", 0],
  "late-answer": ["late", "succeeded", 1_000],
  "late-webhook": ["pending", "succeeded", 1_000],
  "duplicate-webhook": ["pending", "succeeded", 1_000],
  "reordered-webhooks": ["pending", "succeeded", 1_000],
  "lost-webhook": ["pending", "succeeded", 1_000],
  "captured-later": ["declined", "succeeded", 1_000],
  "wrong-amount": ["succeeded", "succeeded", 1_000],
  "capture-failure": ["succeeded", "succeeded", 1_000],
  "void-failure": ["succeeded", "succeeded", 1_000],
  "refund-failure": ["succeeded", "succeeded", 1_000],
  "refund-pending": ["succeeded", "succeeded", 1_000],
  "refund-fails-later": ["succeeded", "succeeded", 1_000],
};

function heard(reply: ReturnType<Desk["ask"]>): string {
  if (reply.connection !== "open") return reply.connection;
  if (reply.status !== 200) return String(reply.status);
  return reply.delayMs >= 30_000 ? "late" : String(reply.json["status"]);
}

describe("the scenarios", () => {
  it.each(names)("%s answers and ends as the table says", (name) => {
    const desk = openDesk();
    const first = heard(charge(desk, name));
    desk.now += 3_600_000;
    const later = found(desk);
    expect([first, later.status === 404 ? "not found" : String(later.json["status"]), net(desk.ledger, keyOf(1), desk.now)]).toEqual(
      wanted[name],
    );
  });

  it.each(names)("%s leaves no outcome untold, but where losing it is its point", (name) => {
    const desk = openDesk();
    const first = heard(charge(desk, name));
    const answered = ["succeeded", "authorized", "declined"].includes(first) && wanted[name][1] === first;
    const nothingThere = wanted[name][1] === "not found";
    const owed = [...desk.ledger.owed.values()];
    expect(owed.length > 0).toBe(!answered && !nothingThere && name !== "lost-webhook" && name !== "late-answer");
    for (const one of owed) expect(one.dueAt).toBeGreaterThanOrEqual(desk.now);
  });

  it.each(names)("%s meets its fault once: a repeat under the same key is served", (name) => {
    const desk = openDesk();
    charge(desk, name);
    desk.now += 3_600_000;
    const fault: FaultName = scenarioTable[name].charge.fault ?? "none";
    const repeat = charge(desk, name);
    expect(heard(repeat)).toBe(fault === "error-after" ? "500" : repeat.json["status"]);
    expect(net(desk.ledger, keyOf(1), desk.now)).toBe(hidesOutcome(fault) || fault !== "none" ? 1_000 : wanted[name][2]);
  });

  it("sends a duplicated event under one id, and an older event after a newer one if the scenario does", () => {
    const duplicates = openDesk();
    charge(duplicates, "duplicate-webhook");
    expect(new Set([...duplicates.ledger.owed.values()].map((one) => one.eventId)).size).toBe(1);
    expect(duplicates.ledger.owed.size).toBe(3);
    const reordered = openDesk();
    charge(reordered, "reordered-webhooks");
    const types = [...reordered.ledger.owed.values()]
      .sort((a, b) => a.dueAt - b.dueAt)
      .map((one) => (JSON.parse(one.body) as { type: string }).type);
    expect(types).toEqual(["charge.succeeded", "charge.pending"]);
  });

  it("echoes a wrong amount in every answer and books the right one", () => {
    const desk = openDesk();
    expect(charge(desk, "wrong-amount").json["amount"]).toBe(1_100);
    expect(found(desk).json["amount"]).toBe(1_100);
  });

  it.each<[ScenarioName, "captures" | "voids" | "refunds", boolean, string, string]>([
    ["capture-failure", "captures", false, "declined", "declined"],
    ["void-failure", "voids", false, "declined", "declined"],
    ["refund-failure", "refunds", true, "declined", "declined"],
    ["refund-pending", "refunds", true, "pending", "succeeded"],
    ["refund-fails-later", "refunds", true, "succeeded", "declined"],
    ["success", "refunds", true, "succeeded", "succeeded"],
  ])("%s: %s has its first answer and its end", (name, verb, capture, first, later) => {
    const desk = openDesk();
    const { reference } = desk.ask("POST", "/charges", { ...body(tokenOf(name)), capture }).json;
    const operation = { key: keyOf(2), amount: 1_000, currency: "INR" };
    const reply =
      verb === "refunds"
        ? desk.ask("POST", "/refunds", { ...operation, charge: reference })
        : desk.ask("POST", `/charges/${String(reference)}/${verb}`, operation);
    expect(reply.json["status"]).toBe(first);
    desk.now += 60_000;
    expect(desk.ask("GET", `/operations?key=${keyOf(2)}`).json["status"]).toBe(later);
  });
});

describe("a challenge", () => {
  const BACK = "https://shop.example/back?order=1";
  const decide = (name: ScenarioName, verdict: string) => {
    const desk = openDesk();
    const { next_action } = desk.ask("POST", "/charges", { ...body(tokenOf(name)), return_url: BACK }).json as {
      next_action: { url: string };
    };
    const path = new URL(next_action.url).pathname;
    desk.now += 1_000;
    const page = desk.ask("GET", path);
    const done = desk.ask("POST", `${path}/${verdict}`);
    return { desk, page, done, path };
  };

  it.each<[ScenarioName, string, string, Record<string, unknown>]>([
    ["challenge", "complete", "succeeded", { status: "succeeded" }],
    ["challenge", "fail", "failed", { status: "declined", code: "authentication_failed" }],
    ["challenge-declined", "complete", "failed", { status: "declined", code: "card_declined" }],
  ])("%s after %s sends the shopper back with the status %s (U17)", (name, verdict, hint, shown) => {
    const { desk, page, done, path } = decide(name, verdict);
    expect(page.body).toContain("Complete authentication");
    expect(page.body).toContain(`action="${path.split("/").at(-1)}/${verdict}"`);
    expect(done).toMatchObject({ status: 303, headers: { location: `${BACK}&status=${hint}` } });
    expect(found(desk).json).toMatchObject(shown);
    expect([...desk.ledger.owed.values()].map((one) => one.dueAt)).toEqual([desk.now]);
    // Decided is decided.
    const late = desk.ask("POST", `${path}/${verdict === "fail" ? "complete" : "fail"}`);
    expect(late.headers["location"]).toBe(`${BACK}&status=${hint}`);
    expect(found(desk).json).toMatchObject(shown);
    expect(desk.ask("GET", path).body).toContain("This is over.");
  });

  it.each([
    ["https://shop.example", "https://shop.example/?status=succeeded"],
    ["https://shop.example/back?", "https://shop.example/back?status=succeeded"],
    ["https://shop.example/back?a=%20b+c&", "https://shop.example/back?a=%20b+c&status=succeeded"],
    ["https://shop.example/back#/orders/1?x=1", "https://shop.example/back?status=succeeded#/orders/1?x=1"],
    ["https://shop.example/back?status=mine#a#b", "https://shop.example/back?status=mine&status=succeeded#a#b"],
  ])("adds the status to %s and changes nothing else there (U17)", (back, location) => {
    const desk = openDesk();
    desk.ask("POST", "/charges", { ...body(tokenOf("challenge")), return_url: back });
    expect(desk.ask("POST", `/challenges/acc_1/sch_${keyOf(1)}/complete`).headers["location"]).toBe(location);
  });

  it("that was called off can't be completed: its page says so, and nothing is ever charged (U3)", () => {
    const desk = openDesk();
    desk.ask("POST", "/charges", { ...body(tokenOf("challenge")), return_url: BACK });
    const path = `/challenges/acc_1/sch_${keyOf(1)}`;
    expect(desk.ask("GET", path).body).toContain("Complete authentication");
    expect(desk.ask("POST", `/operations/${keyOf(1)}/cancel`).json).toMatchObject({ status: "canceled" });
    for (const [method, address, status] of [["GET", path, 200] as const, ["POST", `${path}/complete`, 409] as const]) {
      const page = desk.ask(method, address);
      expect([page.status, page.headers["location"]]).toEqual([status, undefined]);
      expect(page.body).toContain("This payment was called off. Nothing was charged.");
      expect(page.body).toContain(`href="${BACK}&amp;status=canceled"`);
      expect(page.body).not.toContain("<form");
    }
    desk.now += 3_600_000;
    expect(found(desk).json).toMatchObject({ status: "canceled" });
    expect([net(desk.ledger, keyOf(1), desk.now), desk.ledger.owed.size]).toEqual([0, 0]);
  });

  it("without a way back says that it is done; what the page's own address asks for is no way back", () => {
    const desk = openDesk();
    const { next_action } = charge(desk, "challenge").json as { next_action: { url: string } };
    const path = new URL(next_action.url).pathname;
    const stolen = `?return_url=${encodeURIComponent("https://evil.example/")}`;
    expect(desk.ask("GET", path + stolen).body).not.toContain("evil");
    const reply = desk.ask("POST", `${path}/complete${stolen}`);
    expect([reply.status, reply.headers["location"], reply.json]).toEqual([200, undefined, { status: "succeeded" }]);
  });

  it("goes back to the URL of the first request, whoever repeats it", () => {
    const desk = openDesk();
    const first = { ...body(tokenOf("challenge")), return_url: BACK };
    desk.ask("POST", "/charges", first);
    expect(desk.ask("POST", "/charges", { ...first, return_url: "https://evil.example/" }).status).toBe(200);
    expect(desk.ask("POST", `/challenges/acc_1/sch_${keyOf(1)}/fail`).headers["location"]).toBe(`${BACK}&status=failed`);
  });

  it("is shown in no frame of another page", () => {
    const desk = openDesk();
    charge(desk, "challenge");
    expect(desk.ask("GET", `/challenges/acc_1/sch_${keyOf(1)}`).headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  });

  it("is the only operation that keeps its way back in the ledger", () => {
    const desk = openDesk();
    desk.ask("POST", "/charges", { ...body(tokenOf("success")), return_url: BACK });
    expect(desk.ledger.accounts.get("acc_1")!.operations.get(keyOf(1))!.returnUrl).toBeNull();
  });
});

describe("the magic inputs", () => {
  it("name at least 25 scenarios, each by token and by VPA of any bank", () => {
    expect(names.length).toBeGreaterThanOrEqual(25);
    for (const name of names) {
      expect(inputOfToken(tokenOf(name))?.scenario).toBe(name);
      expect(inputOfVpa(`${name.toUpperCase()}@anybank`)?.scenario).toBe(name);
    }
    expect(inputOfVpa("asha.rao@okbank")?.scenario).toBe("plain");
  });

  it("stand in a table made from the code, each scenario once", () => {
    const text = scenarioMarkdown([{ number: "4242424242424242", network: "visa", scenario: "success" }]);
    const [scenarios = ""] = text.split("## Faults");
    for (const name of names) expect(scenarios.split(`\n| ${name} |`)).toHaveLength(2);
    expect(text).toContain("`4242 4242 4242 4242`");
    expect(text).toContain("`timeout-after@sandbox`");
    const faults = Object.keys(effects).filter((name) => name !== "none");
    for (const fault of faults) expect([fault, text.split(`\n| ${fault} |`).length]).toEqual([fault, 3]);
    expect(text).toContain("| error-after | yes | 500, at each repeat too |");
    expect(text).toContain("| unavailable | no | 503, Retry-After: 5 |");
    expect(text).not.toContain("| none |");
  });
});
