/** What processes used: CPU and memory, from /proc. Null where there is none (not Linux). */
import { readFileSync, readdirSync } from "node:fs";

/** USER_HZ, which Linux fixes for programs. */
const TICK_US = 10_000;

/** CPU of a process so far, in microseconds. */
export function cpuUs(pid) {
  const fields = statOf(pid);
  return fields === null ? null : (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** CPU of PostgreSQL so far: the postmaster, its children, and the children that have ended. */
export function postgresCpuUs(pid) {
  const own = statOf(pid);
  if (own === null) return null;
  let ticks = own.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  for (const name of readdirSync("/proc")) {
    const fields = /^\d+$/.test(name) ? statOf(name) : null;
    if (fields !== null && Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_US;
}

/** The most memory that a process ever held (resident), in MB of 1,048,576 bytes. */
export function peakMemoryMb(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
  } catch {
    return null;
  }
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
