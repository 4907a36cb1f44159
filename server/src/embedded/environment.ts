/**
 * The environment of PostgreSQL's programs: nothing of ours, because PG* variables would change their behaviour and our secrets are
 * not for them. Windows programs do not start without the environment, so there they inherit it.
 */
export function programEnvironment(): Record<string, string> | undefined {
  return process.platform === "win32" ? undefined : { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
