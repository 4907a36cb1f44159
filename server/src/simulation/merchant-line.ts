import { TillwayError } from "../core/errors.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { Deps } from "../flows/deps.ts";
import { tally } from "./counts.ts";
import type { Heard } from "./merchant.ts";
import type { Life, Machinery } from "./process.ts";

export interface ApiProcess {
  readonly life: Life;
  readonly deps: Deps;
}

/** A merchant gives up on an answer after this; the API goes on. */
const CLIENT_TIMEOUT_MS = 20_000;

/** One request to one of the API processes, over a line on which both request and answer can be lost. */
export function asker({
  machinery,
  pick,
}: {
  machinery: Machinery;
  pick: () => ApiProcess;
}): (run: (deps: Deps) => Promise<Answer>) => Promise<Heard> {
  const { kernel, draw, counts } = machinery;
  return (run) =>
    new Promise<Heard>((resolve) => {
      counts.merchantRequests++;
      const nothing = (reason: string): void => resolve({ kind: "nothing", reason });
      kernel.after(CLIENT_TIMEOUT_MS, () => nothing("timeout"));
      const { merchantLine } = machinery.rates();
      if (draw.hit(merchantLine)) return tally(counts.faults, "merchant:lost");
      const deaf = draw.hit(merchantLine);
      if (deaf) tally(counts.faults, "merchant:lostReply");
      kernel.after(draw.skewed(1, 500), () => {
        const { life, deps } = pick();
        if (!life.alive) return nothing("connection refused");
        const broken = (): void => nothing("connection reset");
        life.onDeath.add(broken);
        void hear(run(deps)).then((heard) => {
          life.onDeath.delete(broken);
          if (!deaf) kernel.after(draw.skewed(1, 500), () => resolve(heard));
        });
      });
    });
}

/** The API's answer or refusal; any other error is a 5xx, and the request may be sent again. */
async function hear(answer: Promise<Answer>): Promise<Heard> {
  try {
    return { kind: "answer", answer: await answer };
  } catch (error) {
    return error instanceof TillwayError && error.status < 500 ? { kind: "refused", error } : { kind: "nothing", reason: String(error) };
  }
}
