/** A case from end to end, as an operator meets it: the log's line, the payment, the readiness, and `tillway cases` beside `tillway all`. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryPlace } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { Merchant, upi, type Json } from "./support/merchant.ts";
import { launch, run } from "./support/program.ts";
import "./support/patience.ts";

const open = closedAfterEach();

it("wrong-amount@sandbox: logged, listed, shown and resolved once (U5)", { timeout: 180_000 }, async () => {
  const { path, remove } = temporaryPlace(0o711);
  open.push(remove);
  const environment = { TILLWAY_HOME: join(path, "home"), API_PORT: "0", SANDBOX_DELAY_MS: "0" };
  const program = launch(["all"], environment);
  open.push(() => program.stop("SIGKILL"));
  const [, url = ""] = await program.printed(/API +(http:\S+)\/v1 /, 90_000);
  const [, key = ""] = await program.printed(/X-Api-Key +(\S+)/);
  const [, secret = ""] = await program.printed(/X-Api-Secret +(\S+)/);
  const shop = new Merchant(url, { key, secret });
  const ready = async (): Promise<Json> => (await (await fetch(`${url}/health/ready`)).json()) as Json;
  const cases = async (...argv: string[]): Promise<Json> => {
    const { code, out, err } = await run(["cases", ...argv, "--json"], environment);
    expect(code, err).toBe(0);
    return JSON.parse(out);
  };

  const { json: created } = await shop.create(upi("wrong-amount"));
  const payment = await waitFor("the case", async () => {
    const seen = await shop.payment(created.id);
    return seen.open_cases.length > 0 ? seen : null;
  });
  const [mark] = payment.open_cases;
  expect(payment).toMatchObject({ status: "processing", open_cases: [{ kind: "mismatched_answer", opened_at: expect.any(String) }] });
  const line = await waitFor("the log's line", () => program.err.split("\n").find((text) => text.includes(mark.id)));
  expect(JSON.parse(line)).toMatchObject({
    level: "warn",
    case_id: mark.id,
    kind: "mismatched_answer",
    payment_id: created.id,
    summary: expect.stringContaining("amount 501.00 INR instead of 500.00 INR"),
    what_to_do: expect.stringContaining("Compare"),
  });
  await waitFor("the count", async () => (await ready()).checks.cases.open === 1);

  const listed = await cases("list", "--status", "open", "--kind", "mismatched_answer", "--email", "test@merchant.example");
  expect(listed).toMatchObject({
    data: [{ id: mark.id, merchant_email: "test@merchant.example", payment_id: created.id }],
    has_more: false,
  });
  expect((await cases("list", "--kind", "overdue")).data).toEqual([]);
  const shown = await cases("show", mark.id);
  expect(shown).toMatchObject({
    payment_status: "processing",
    evidence: { mismatch: expect.any(String) },
    attempts: [{ operation: "charge" }],
  });
  const { out } = await run(["cases", "show", mark.id], environment);
  expect(out).toContain(shown.attempts[0].gateway_key);
  expect(out).toContain(shown.what_to_do);

  expect(await run(["cases", "resolve", mark.id, "--by", "Ann"], environment)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/missing: --reason/),
  });
  const by = (name: string) => run(["cases", "resolve", mark.id, "--reason", "corrected at the gateway", "--by", name], environment);
  const both = await Promise.all([by("Ann"), by("Bob")]);
  expect(both.map(({ code }) => code).toSorted()).toEqual([0, 1]);
  const winner = both[0]!.code === 0 ? "Ann" : "Bob";
  expect(both.map(({ err }) => err).join("")).toContain(`The case was resolved by ${winner}`);

  const after = (await shop.get("/v1/cases")).json.data[0];
  expect(after).toMatchObject({
    status: "resolved",
    resolved_by: "person",
    resolved_by_name: winner,
    resolution: "corrected at the gateway",
  });
  expect(await shop.payment(created.id)).toMatchObject({ status: "processing", open_cases: [] });
  await waitFor("the count", async () => (await ready()).checks.cases.open === 0);
  expect((await run(["cases", "list", "--status", "open"], environment)).out.trim()).toBe("No cases.");
});

it("names what to do if no Tillway runs, or if it does not know a word", { timeout: 60_000 }, async () => {
  const environment = { TILLWAY_HOME: "/nowhere/to/be/seen" };
  const said = async (...argv: string[]) => (await run(["cases", ...argv], environment)).err.trim();
  expect(await said("list")).toMatch(/no Tillway runs in .*: start it, or set DATABASE_URL/);
  expect(await said("close", "case_1")).toMatch(/tillway cases list, show or resolve/);
  expect(await said("show")).toMatch(/say which one/);
  expect(await said("list", "--reason", "why")).toMatch(/cases list does not take --reason/);
});
