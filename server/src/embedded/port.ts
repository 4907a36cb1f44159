import { createServer } from "node:net";
import { readText, writePrivately } from "./home.ts";
import type { Home } from "./home.ts";

/** The only address PostgreSQL listens on: no other machine can reach it. */
export const loopback = "127.0.0.1";

/** The port of the last start while it is free, else one that the system chooses; remembered for the next start. */
export async function choosePort(home: Home): Promise<number> {
  const remembered = Number(readText(home.portFile));
  const isPort = Number.isInteger(remembered) && remembered >= 1024 && remembered <= 65535;
  if (isPort && (await listenOnce(remembered)) !== null) return remembered;
  const port = await listenOnce(0);
  if (port === null) throw new Error("the system gave no free port on loopback");
  writePrivately(home.portFile, `${port}\n`);
  return port;
}

/** Forgets the port, because another program took it between our check and PostgreSQL's start. */
export function forgetPort(home: Home): void {
  writePrivately(home.portFile, "");
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(null));
    server.listen({ host: loopback, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
