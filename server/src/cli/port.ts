import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** The port itself, or where it is 0 one that the system chooses now: some parts must know their address before they listen. */
export async function chosenPort(host: string, wanted: number): Promise<number> {
  if (wanted !== 0) return wanted;
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
