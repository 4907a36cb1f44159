import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import { aMessage, channel, closing, receiver, startReceiver } from "./receiver.testing.ts";

/** Answers each connection with these bytes, whatever was asked. */
async function rawReceiver(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        sockets.forEach((socket) => socket.destroy());
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

const SHORT = { totalTimeoutMs: 150, idleMs: 20 };

describe("a receiver", () => {
  it("that redirects has failed, and nobody follows", async () => {
    const elsewhere = await receiver((response) => response.end());
    for (const status of [301, 302, 303, 307, 308]) {
      const merchant = await receiver((response) => response.writeHead(status, { location: elsewhere.url }).end());
      expect(await channel().send(aMessage(merchant.url))).toMatchObject({ ok: false, statusCode: status, error: "redirect" });
    }
    expect(elsewhere.connections()).toBe(0);
  });

  it("that never answers is a timeout, and its connection is closed", async () => {
    const merchant = await receiver(() => {});
    const result = await channel({ limits: SHORT }).send(aMessage(merchant.url));
    expect(result).toMatchObject({ ok: false, statusCode: null, response: null, error: "timeout" });
    expect(result.durationMs).toBeGreaterThanOrEqual(150);
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
  });

  it("that drips its headers is a timeout", async () => {
    const url = await rawReceiver((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => socket.write("x-drip: 1\r\n"), 5);
      socket.on("close", () => clearInterval(drip));
    });
    expect(await channel({ limits: SHORT }).send(aMessage(url))).toMatchObject({ ok: false, statusCode: null, error: "timeout" });
  });

  it("that holds back its body has answered by its status, and keeps nobody longer than the total time", async () => {
    const merchant = await receiver((response) => response.writeHead(200, { "content-length": "100" }).write("begin"));
    const result = await channel({ limits: SHORT }).send(aMessage(merchant.url));
    expect(result).toMatchObject({ ok: true, statusCode: 200, response: "begin", error: null });
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
  });

  it("whose body never ends is cut after 8 KiB, without waiting for the total time", async () => {
    let writtenBytes = 0;
    const merchant = await receiver((response) => {
      const pump = (): void => {
        while (!response.destroyed && response.write("x".repeat(16_384))) writtenBytes += 16_384;
      };
      response.writeHead(500).on("drain", pump);
      pump();
    });
    const result = await channel({ limits: { ...SHORT, totalTimeoutMs: 600_000 } }).send(aMessage(merchant.url));
    expect(result).toMatchObject({ ok: false, statusCode: 500, error: null });
    expect(result.response).toBe("x".repeat(WEBHOOK_RESPONSE_KEPT_BYTES));
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
    expect(writtenBytes).toBeLessThan(50_000_000);
  });

  it("with a somewhat long answer keeps its connection", async () => {
    const merchant = await receiver((response) => response.end("y".repeat(20_000)));
    const out = channel();
    for (let n = 0; n < 10; n += 1) expect((await out.send(aMessage(merchant.url))).response).toHaveLength(WEBHOOK_RESPONSE_KEPT_BYTES);
    expect(merchant.received).toHaveLength(10);
    expect(merchant.connections()).toBeLessThan(10);
  });

  it("that sends a gzip bomb is not unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const merchant = await receiver((response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
    const result = await channel().send(aMessage(merchant.url));
    expect(result).toMatchObject({ ok: true, response: "(not shown: content-encoding gzip)" });
    expect(merchant.received[0]!.headers["accept-encoding"]).toBeUndefined();
  });

  it("that resets the connection got one request in one try (U14)", async () => {
    let requests = 0;
    const url = await rawReceiver((socket) => {
      socket.on("data", () => {
        requests += 1;
        socket.resetAndDestroy();
      });
    });
    expect(await channel().send(aMessage(url))).toMatchObject({ ok: false, statusCode: null, error: "reset" });
    expect(requests).toBe(1);
  });

  it.each([
    ["after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ["with bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok"],
    ["with a head of 17 KB", `HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(17_000)}\r\ncontent-length: 2\r\n\r\nok`],
    ["with the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"],
    ["with two lengths, of which nobody knows which is right", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    ["and no end of its last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n"],
  ])("that answers 200 %s has the event (R12)", async (_how, answer) => {
    let requests = 0;
    const url = await rawReceiver((socket) =>
      socket.on("data", () => {
        requests += 1;
        socket.write(answer);
      }),
    );
    expect(await channel().send(aMessage(url))).toMatchObject({ ok: true, statusCode: 200, error: null });
    expect(requests).toBe(1);
  });

  it("that does not speak HTTP gave a bad answer", async () => {
    const url = await rawReceiver((socket) => socket.on("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect(await channel().send(aMessage(url))).toMatchObject({ ok: false, statusCode: null, error: "bad_answer" });
  });

  it("whose headers are huge gave a bad answer", async () => {
    const url = await rawReceiver((socket) =>
      socket.on("data", () => socket.write(`HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(100_000)}\r\n\r\n`)),
    );
    expect(await channel().send(aMessage(url))).toMatchObject({ ok: false, statusCode: null, error: "bad_answer" });
  });

  it("that answers 103 first is judged by its final answer", async () => {
    const url = await rawReceiver((socket) =>
      socket.on("data", () => socket.write("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno")),
    );
    expect(await channel().send(aMessage(url))).toMatchObject({ ok: false, statusCode: 500, response: "no" });
  });

  it("that is not there refuses", async () => {
    const merchant = await startReceiver(() => {});
    await merchant.close();
    expect(await channel().send(aMessage(merchant.url))).toMatchObject({ ok: false, statusCode: null, error: "refused" });
  });

  it("whose name has no address is a dns failure", async () => {
    const resolve = async () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
    expect(await channel({ resolve }).send(aMessage("http://gone.example/"))).toMatchObject({ ok: false, error: "dns" });
    expect(await channel({ resolve: async () => [] }).send(aMessage("http://empty.example/"))).toMatchObject({ ok: false, error: "dns" });
  });

  it("that only speaks plain HTTP fails behind https with the class tls", async () => {
    const merchant = await receiver((response) => response.end());
    expect(await channel().send(aMessage(merchant.url.replace("http:", "https:")))).toMatchObject({ ok: false, error: "tls" });
  });
});

describe("a message that cannot be sent", () => {
  it.each([
    ["a malformed secret", { secret: "whsec_test_abc123" }, "bad_secret"],
    ["an event id that is no header value", { event: "evt_1\r\nx-evil: 1" }, "network"],
  ])("because of %s is a failed result, never a rejection", async (_what, change, error) => {
    const merchant = await receiver((response) => response.end());
    const message = aMessage(merchant.url, "secret" in change ? { secret: change.secret } : {});
    const sent = "event" in change ? { ...message, event: { ...message.event, id: change.event } } : message;
    expect(await channel().send(sent)).toMatchObject({ ok: false, statusCode: null, error });
    expect(merchant.received).toHaveLength(0);
  });

  it("in time because all connections are taken is a timeout", async () => {
    const merchant = await receiver(() => {});
    const out = channel({ limits: { ...SHORT, totalTimeoutMs: 300 } });
    const results = await Promise.all(Array.from({ length: 40 }, () => out.send(aMessage(merchant.url))));
    expect(results.map((result) => result.error)).toEqual(Array.from({ length: 40 }, () => "timeout"));
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
  });
});
