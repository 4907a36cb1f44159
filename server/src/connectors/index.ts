/** The gateways with a connector. A new one is a folder beside this file and a line in this table: nothing else knows their names. */
import type { Entry, Gateway, GatewayContext } from "./exchange.ts";
import { razorpay } from "./razorpay/index.ts";
import { sandbox } from "./sandbox/index.ts";
import { stripe } from "./stripe/index.ts";

/** By connector name: lower case, as in accounts, metrics and the beginning of its variables. */
export const connectors: Readonly<Record<string, Entry>> = { razorpay, sandbox, stripe };

/** By connector name. */
export function openGateways(context: GatewayContext): ReadonlyMap<string, Gateway> {
  const opened = Object.entries(connectors).map(([name, { open }]) => [name, open(context)] as const);
  return new Map(opened.filter((one): one is [string, Gateway] => one[1] !== null));
}
