/** CPU and memory of processes, from /proc. Null if there is none (not Linux). */
import { readFileSync, readdirSync } from "node:fs";

/** USER_HZ, which Linux fixes for programs. */
const TICK_US = 10_000;

/** Starts to measure. @returns a function of the number of payments: CPU per payment since then, in microseconds */
export function startMeter({ nodePid, postgresPid }) {
  const before = { node: cpuUs(nodePid), postgres: postgresCpuUs(postgresPid) };
  const each = (now, then, count) => (now === null || then === null ? null : (now - then) / count);
  return (count) => ({
    nodeUs: each(cpuUs(nodePid), before.node, count),
    postgresUs: each(postgresCpuUs(postgresPid), before.postgres, count),
  });
}

/** CPU of a process so far, in microseconds: the scheduler's own figure of its threads, or else in ticks. */
export function cpuUs(pid) {
  return scheduledUs(pid) ?? (statOf(pid) === null ? null : ticks(statOf(pid)) * TICK_US);
}

/** CPU of PostgreSQL so far: the postmaster, its children, and the children that have ended. */
export function postgresCpuUs(pid) {
  const own = statOf(pid);
  if (own === null) return null;
  let sum = cpuUs(pid) + (Number(own[13]) + Number(own[14])) * TICK_US;
  for (const name of readdirSync("/proc")) {
    const fields = /^\d+$/.test(name) ? statOf(name) : null;
    if (fields !== null && Number(fields[1]) === pid) sum += cpuUs(name) ?? 0;
  }
  return sum;
}

/** The most memory that a process ever held (resident), in MB of 1,048,576 bytes. */
export function peakMemoryMb(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
  } catch {
    return null;
  }
}

/** Ticks of 10 ms are coarse for a few hundred payments. Null if this kernel has no such figure, or a thread has just ended. */
function scheduledUs(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, id) => sum + Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]) / 1_000, 0);
  } catch {
    return null;
  }
}

function ticks(fields) {
  return Number(fields[11]) + Number(fields[12]);
}

/** The fields after the name, which may hold spaces: state is 0, parent 1, utime 11, stime 12, those of ended children 13 and 14. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
