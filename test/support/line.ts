import { connect, createServer, type Socket } from "node:net";

/** State of a way to a server: it carries bytes, holds them back, swallows them, or lets nobody through. */
export type LineState = "open" | "held" | "swallowing" | "cut";

export interface Line {
  /** The given URL, over this line. */
  readonly url: string;
  set(state: LineState): void;
  close(): Promise<void>;
}

/** A TCP line to the server of a URL, in whose state a test has its hand. */
export async function lineTo(url: string): Promise<Line> {
  const to = new URL(url);
  let state: LineState = "open";
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  const carry = (from: Socket, beyond: Socket): void => {
    sockets.add(from);
    from.on("data", (bytes) => {
      if (state === "held") held.push(() => beyond.write(bytes));
      else if (state === "open") beyond.write(bytes);
    });
    from.on("error", () => beyond.destroy());
    from.on("close", () => {
      sockets.delete(from);
      beyond.destroy();
    });
  };
  const server = createServer((socket) => {
    if (state === "cut") return void socket.resetAndDestroy();
    const beyond = connect(Number(to.port || 5432), to.hostname);
    carry(socket, beyond);
    carry(beyond, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const through = new URL(url);
  // The socket of an embedded server would lead past us.
  through.searchParams.delete("host");
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as { port: number }).port);
  return {
    url: through.href,
    set(next) {
      state = next;
      if (next === "cut") for (const socket of sockets) socket.resetAndDestroy();
      if (next === "open") for (const go of held.splice(0)) go();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
