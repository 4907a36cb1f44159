import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { connectionsMax } from "../http/connections.ts";
import { fakeApi } from "./fakes.testing.ts";

const table = (openFiles: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            ${openFiles.padEnd(20)} 1048576              files
`;

it.each([
  ["1024", 512],
  ["20000", 10_000],
  ["unlimited", null],
])("of %s files callers get %s", (openFiles, most) => {
  expect(connectionsMax(table(openFiles))).toBe(most);
});

it("is not known where the system does not say", () => {
  expect(connectionsMax("")).toBeNull();
});

it.runIf(process.platform === "linux")("is known on Linux, and leaves descriptors for everything else", () => {
  expect(connectionsMax()).toBeGreaterThan(0);
  const { app } = fakeApi();
  expect(app.server.maxConnections).toBe(connectionsMax());
});

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

it("says once a second how many were closed, and nothing while none is", () => {
  vi.useFakeTimers();
  try {
    const { app, log } = fakeApi();
    const drop = (count: number): void => Array.from({ length: count }).forEach(() => app.server.emit("drop"));
    drop(3);
    vi.advanceTimersByTime(999);
    drop(2);
    expect(log).toEqual([]);
    vi.advanceTimersByTime(10_000);
    drop(1);
    vi.advanceTimersByTime(1_000);
    expect(log).toMatchObject([
      { level: "warn", fields: { closed: 5 } },
      { level: "warn", fields: { closed: 1 } },
    ]);
  } finally {
    vi.useRealTimers();
  }
});

it("closes what comes above it, and takes the next when one has left", async () => {
  const { app } = fakeApi({ deps: { maxConnections: 2 } });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
  const ask = async (socket: Socket): Promise<string> => {
    socket.write("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n");
    const [chunk] = (await Promise.race([once(socket, "data"), once(socket, "close")])) as [unknown];
    return String(chunk).slice(0, 12);
  };
  const [first, second] = [await open(), await open()];
  expect(await ask(first)).toBe("HTTP/1.1 200");
  expect(await ask(await open())).not.toContain("HTTP");
  expect(await ask(second)).toBe("HTTP/1.1 200");
  first.destroy();
  await expect.poll(async () => ask(await open())).toBe("HTTP/1.1 200");
  for (const socket of sockets) socket.destroy();
  await app.close();
});
