/** One run of the generator against a Tillway. */
import { fileURLToPath } from "node:url";
import { run } from "./processes.mjs";

const generator = fileURLToPath(new URL("generator.mjs", import.meta.url));

/** The body of a small merchant's server. The VPA names the sandbox's success scenario, which answers at once. */
export const paymentBody = {
  amount: 49_900,
  currency: "INR",
  method: "upi",
  upi: { vpa: "success@sandbox" },
  description: "Order 1001",
  metadata: { cart: "8f14e45f", channel: "web" },
  customer: { email: "asha@example.com", name: "Asha Rao", phone: "+91 98765 43210" },
};

/**
 * Sends payments for some seconds; each answer must be 201.
 * @param to its `port` and `keys`; or several `ports`, `keys` of several merchants, and `bodies`, each of which are taken in turn
 * @param load `seconds`, `connections`, and `rate` per second, or as many as are answered
 * @returns how many, in which time, and their latencies
 */
export async function send({ port, ports = [port], keys, bodies = [paymentBody] }, { seconds, connections, rate }) {
  const headers = [keys].flat().map(({ key, secret }) => ({ "X-Api-Key": key, "X-Api-Secret": secret }));
  const task = { host: "127.0.0.1", ports, path: "/v1/payments", headers, bodies, expect: 201, seconds, connections, rate };
  return JSON.parse(await run(process.execPath, [generator, JSON.stringify(task)]));
}
