import { describe, expect, it } from "vitest";
import { aMessage, channel, receiver } from "./receiver.testing.ts";

describe("the values of the merchant's own headers", () => {
  const headers = { Authorization: "Bearer t0ken-of-the-shop", "X-Token": 'quo"ted-secret', "X-Env": "prod" };
  const sent = async (body: (request: Record<string, unknown>) => string): Promise<string> => {
    const merchant = await receiver((response, request) => response.writeHead(500).end(body(request.headers)));
    const message = aMessage(merchant.url);
    return (await channel().send({ ...message, endpoint: { ...message.endpoint, headers } })).response!;
  };

  it("are not kept in the log of a try by a receiver whose page about an error shows them", async () => {
    const kept = await sent((got) => `${JSON.stringify(got)} token ${String(got["authorization"]).slice(7)}, in prod`);
    expect(kept).toContain('"authorization":"[not shown]"');
    expect(kept).toContain("token [not shown], in prod");
    expect(kept).not.toMatch(/t0ken|ted-secret/);
  });

  it("are not kept in part where the answer is cut", async () => {
    for (const inside of [1, 5, 16]) {
      const kept = await sent(() => `${"-".repeat(8_192 - inside)}t0ken-of-the-shop and more`);
      expect(kept).toBe(`${"-".repeat(8_192 - inside)}[not shown]`);
    }
  });
});
