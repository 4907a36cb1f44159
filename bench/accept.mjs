/** Figure 1: durable POST /v1/payments per second, the API alone. Nobody works the jobs off. */
import { load } from "./load.mjs";
import { alternate } from "./pairs.mjs";
import { stop } from "./processes.mjs";
import { prepareDatabase, startApi } from "./tillway.mjs";
import { cpuUs, peakMemoryMb, postgresCpuUs } from "./usage.mjs";

const WARM_UP_SECONDS = 2;

/** @returns the rows of the pairs, and the most memory the API took */
export async function measureAccept({ options, server, pgbench, say }) {
  const databaseUrl = await server.createDatabase("accept");
  const keys = await prepareDatabase(databaseUrl);
  const api = await startApi({ databaseUrl, directory: server.directory, profile: options.profile });
  const { connections, seconds } = options;
  try {
    await load({ port: api.port, keys, seconds: WARM_UP_SECONDS, connections });
    const ours = async () => {
      const before = { node: cpuUs(api.pid), postgres: postgresCpuUs(server.pid) };
      const { count, elapsedMs, p50Ms, p99Ms } = await load({ port: api.port, keys, seconds, connections });
      const each = (now, then) => (then === null ? null : (now - then) / count);
      return {
        perSecond: (count * 1_000) / elapsedMs,
        p50Ms,
        p99Ms,
        nodeUs: each(cpuUs(api.pid), before.node),
        postgresUs: each(postgresCpuUs(server.pid), before.postgres),
      };
    };
    const rows = await alternate({ name: "accept", ...options, pgbench, ours, checkpoint: server.checkpoint, say });
    return { rows, peakMemoryMb: peakMemoryMb(api.pid) };
  } finally {
    await stop(api);
  }
}
