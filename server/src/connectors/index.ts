/** The gateways with a connector. A new one is a folder beside this file and a line in this table. */
import type { Gateway, GatewayContext } from "./exchange.ts";
import { openSandbox } from "./sandbox/index.ts";

interface Entry {
  /** Null if it can't be reached as this process is configured. */
  readonly open: (context: GatewayContext) => Gateway | null;
  /** The variable that is missing in that case. */
  readonly needs?: string;
}

export const connectors: Readonly<Record<string, Entry>> = {
  sandbox: { open: openSandbox, needs: "SANDBOX_URL" },
};

/** By connector name. */
export function openGateways(context: GatewayContext): ReadonlyMap<string, Gateway> {
  const opened = Object.entries(connectors).map(([name, { open }]) => [name, open(context)] as const);
  return new Map(opened.filter((one): one is [string, Gateway] => one[1] !== null));
}
