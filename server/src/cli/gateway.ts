/** `gateway NAME`: the far side of a gateway as a process of its own. One row for each. */
import { UsageError } from "./explain.ts";

const gateways: Readonly<Record<string, (argv: string[]) => Promise<number>>> = {
  razorpay: async (argv) => (await import("./razorpay.ts")).runRazorpay(argv),
  sandbox: async (argv) => (await import("./sandbox.ts")).runSandbox(argv),
  stripe: async (argv) => (await import("./stripe.ts")).runStripe(argv),
};

/** @param argv with the gateway's name among it */
export async function runGateway(argv: string[]): Promise<number> {
  const at = argv.findIndex((word) => Object.hasOwn(gateways, word));
  if (at === -1) throw new UsageError(`name the gateway: tillway gateway ${Object.keys(gateways).join("|")}`);
  return gateways[argv[at]!]!(argv.toSpliced(at, 1));
}
