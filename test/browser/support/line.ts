/** The way from a browser to a listener, which can be cut: what the listener and the browser do then is their own. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { App } from "../../../server/src/http/app.ts";

export interface Line {
  /** Nothing comes through, and what is open breaks, until it is put back. */
  cut(isCut: boolean): void;
  close(): Promise<void>;
}

/** @param port where browsers reach it; the listener itself gets any free one */
export async function openLine(app: Pick<App, "listen" | "server">, port: number): Promise<Line> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  const behind = (app.server.address() as AddressInfo).port;
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(behind, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "localhost", resolve));
  const breakAll = (): void => open.forEach((socket) => void socket.destroy());
  return {
    cut: (now) => {
      isCut = now;
      if (now) breakAll();
    },
    close: async () => {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
