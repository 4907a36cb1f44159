/** Durable POST /v1/payments: the API alone. No worker runs the jobs. */
import { send } from "./load.mjs";
import { stop } from "./processes.mjs";
import { ask } from "./side.mjs";
import { prepareDatabase, startApi } from "./tillway.mjs";
import { peakMemoryMb, startMeter } from "./usage.mjs";

/** @returns `run(load)`, the most memory the API took, and `close` */
export async function startAccept(side, { profile, emptyStats }) {
  const databaseUrl = await side.createDatabase("accept");
  const keys = await prepareDatabase(side, databaseUrl);
  const api = await startApi(side, { databaseUrl, profile });
  if (emptyStats) await ask(databaseUrl, "vacuum analyze");
  return {
    run: async (load) => {
      const used = startMeter({ nodePid: api.pid, postgresPid: side.postgresPid });
      const { count, elapsedMs, p50Ms, p99Ms } = await send({ port: api.port, keys }, load);
      return { count, perSecond: (count * 1_000) / elapsedMs, p50Ms, p99Ms, ...used(count) };
    },
    peakMemoryMb: () => peakMemoryMb(api.pid),
    close: async () => {
      await stop(api);
      await side.dropDatabase(databaseUrl);
    },
  };
}
