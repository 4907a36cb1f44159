/** What others wrote, printed on a terminal by the real command line: a server that is not ours, texts of a shopper, words of a gateway. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./support/program.ts";
import "./support/patience.ts";

/** Clears the screen by C0 and by C1, ends a title, turns the line round; then a line that looks like one of ours. */
const HOSTILE = "a\u{1b}[2J\u{9b}2J\u{9d}0;x\u{7}\u{7f}\u{202e}b\u{2066}\r\nstatus      succeeded";
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

let url: string;
let answer: { status: number; text: string };
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const tillway = (...argv: string[]) => run([...argv, "--url", url], { TILLWAY_KEY: "pk_test_1", TILLWAY_SECRET: "sk_test_1" });
const payment = { id: "pay_1", status: "failed", description: HOSTILE, metadata: { [`x\n${HOSTILE}`]: HOSTILE }, error: null };

describe("no text of others", () => {
  it.each([
    ["one thing", ["payments", "get", "pay_1"], payment],
    ["a list", ["payments", "list"], { object: "list", data: [{ ...payment, currency: HOSTILE }], has_more: false }],
    ["a timeline", ["payments", "timeline", "pay_1"], { summary: HOSTILE, entries: [{ at: "x", text: HOSTILE }] }],
  ])("moves the cursor or passes for a line of ours in %s, and --json means the same as it came", async (_, argv, body) => {
    answer = { status: 200, text: JSON.stringify(body) };
    const { out } = await tillway(...argv);
    expect(out).toContain("a\u{fffd}[2J\u{fffd}2J");
    expect(out).not.toMatch(OBEYED);
    expect(out).not.toMatch(/^status +succeeded/m);
    const json = await tillway(...argv, "--json");
    expect(json.out).not.toMatch(OBEYED);
    expect(JSON.parse(json.out)).toEqual(body);
  });

  it.each([
    ["an error", 400, JSON.stringify({ error: { code: HOSTILE, message: HOSTILE, param: HOSTILE } })],
    ["an answer that is none of Tillway's", 200, HOSTILE],
  ])("moves the cursor in %s", async (_, status, text) => {
    answer = { status, text };
    for (const more of [[], ["--json"]]) {
      const { code, out, err } = await tillway("payments", "get", "pay_1", ...more);
      expect(out + err).not.toMatch(OBEYED);
      expect(code === 0).toBe(status === 200 && more.length > 0);
    }
  });
});

it("what a caller gives as an id asks for nothing but one thing", async () => {
  answer = { status: 200, text: "{}" };
  asked.length = 0;
  for (const id of ["..", "."]) expect((await tillway("payments", "get", id)).code).toBe(2);
  expect(asked).toEqual([]);
  for (const id of ["../keys", "x?limit=1", "x#y", "%2e%2e", "a b"]) await tillway("payments", "get", id);
  expect(asked).toEqual(["..%2Fkeys", "x%3Flimit%3D1", "x%23y", "%252e%252e", "a%20b"].map((id) => `GET /v1/payments/${id}`));
});
