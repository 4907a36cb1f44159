/**
 * The environment of PostgreSQL's programs: nothing of ours, because PG* variables would change what they do and our secrets are
 * not theirs to hold. Windows programs do not start without theirs, so there they inherit.
 */
export function programEnvironment(): Record<string, string> | undefined {
  return process.platform === "win32" ? undefined : { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
