/** How many webhooks of one account are listened to at once, whatever their senders do. */
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { receiveGatewayEvent } from "../../flows/gateway-events/receive.ts";
import { fakeApi } from "../fakes.testing.ts";

vi.mock("../../flows/gateway-events/receive.ts", () => ({ receiveGatewayEvent: vi.fn(async () => ({ duplicate: false })) }));

const MOST = 256;
type Api = ReturnType<typeof fakeApi>["app"];
let app: Api;
let lookUp: (id: string) => Promise<unknown>;
const sockets: Socket[] = [];

beforeEach(async () => {
  const account = { id: "acc_1", connector: "sandbox" };
  lookUp = async () => account;
  app = fakeApi({ deps: { maxConnections: 10 * MOST }, flows: { settings: { account: (id: string) => lookUp(id) } as never } }).app;
  await app.listen({ port: 0, host: "127.0.0.1" });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app.close();
});

/** Sends head and body, and waits for nothing. */
async function sent(body = "{}"): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(`POST /v1/gateways/sandbox/acc_1/webhooks HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n${body}`);
  return socket;
}

async function statusOf(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString().slice(9, 12);
}

const ask = async (): Promise<string> => statusOf(await sent());
const many = (make: () => Promise<Socket>): Promise<Socket[]> => Promise.all(Array.from({ length: MOST }, make));
const connections = (): Promise<number> => new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));

describe("webhooks of one account", () => {
  it("are refused while as many as are allowed are under way, and taken again when those have ended", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<{ duplicate: boolean }>((resolve) => (release = () => resolve({ duplicate: false })));
    vi.mocked(receiveGatewayEvent).mockReturnValue(held as never);
    const first = await many(() => sent());
    await vi.waitFor(() => expect(vi.mocked(receiveGatewayEvent).mock.calls.length).toBeGreaterThanOrEqual(MOST), { timeout: 5_000 });
    expect(await ask()).toBe("429");
    const answers = Promise.all(first.map(statusOf));
    release();
    expect(new Set(await answers)).toEqual(new Set(["200"]));
    expect(await ask()).toBe("200");
  });

  it("give their places back when their senders hang up within the body", async () => {
    for (const socket of await many(() => sent(""))) socket.destroy();
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 5_000 });
    expect(await ask()).toBe("200");
  });

  it("take no place when their senders hang up while the account is still looked for", async () => {
    const account = await lookUp("acc_1");
    let asked = 0;
    let release: () => void = () => undefined;
    const slow = new Promise<unknown>((resolve) => (release = () => resolve(account)));
    lookUp = () => (asked++, slow);
    const gone = await many(() => sent());
    await vi.waitFor(() => expect(asked).toBe(MOST), { timeout: 5_000 });
    for (const socket of gone) socket.resetAndDestroy();
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 5_000 });
    release();
    await slow;
    expect(await ask()).toBe("200");
  });
});
