import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { adapter, fullListener, listen, post } from "./servers.testing.ts";

describe("several addresses", () => {
  it("of localhost are both tried (U15)", async () => {
    const port = await listen(
      createServer((_, response) => response.end("six")),
      "::1",
    );
    expect(await adapter().send(post(port, { url: `http://localhost:${port}/` }))).toMatchObject({ kind: "answer", body: "six" });
  });

  it.each<[string, string[], string[]]>([
    ["a slow one and one that refuses", ["127.0.0.1", "::1"], ["127.0.0.1"]],
    ["one that never answers and a slow one", ["::1", "127.0.0.1"], ["127.0.0.1", "::1"]],
    ["two slow ones", ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]],
  ])("are tried side by side, and none is given up when the next one joins: %s (R8)", async (what, addresses, listening) => {
    const slow = await fullListener("127.0.0.1", 0);
    const second = listening.includes("::1") ? await fullListener("::1", slow.port) : null;
    const sent = adapter({ resolve: async () => addresses }).send(
      post(1, { url: `http://gateway.example:${slow.port}/`, connectTimeoutMs: 5_000, totalTimeoutMs: 10_000 }),
    );
    setTimeout(() => {
      slow.accept();
      if (what === "two slow ones") second!.accept();
    }, 600);
    const result = await sent;
    expect(result).toMatchObject({ kind: "answer", body: "ok" });
    expect(result.durationMs).toBeGreaterThan(600);
  });

  it("of which none answers are given up when the time for connecting is over, and nothing was sent", async () => {
    const { port } = await fullListener("::1", 0);
    const url = `http://[::1]:${port}/`;
    const result = await adapter().send(post(1, { url, connectTimeoutMs: 400 }));
    expect(result).toMatchObject({ kind: "not_sent", reason: "CONNECT_TIMEOUT" });
    expect(result.durationMs).toBeGreaterThanOrEqual(395);
  });
});
