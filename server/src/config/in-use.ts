import { connectors } from "../connectors/index.ts";
import { ConfigError, type Role } from "./read.ts";

/** Without its gateway the payments of an account would fail for want of a route. Throws `ConfigError`. @param inUse connectors of the accounts there */
export function refuseMissing(role: Role, inUse: readonly string[], gateways: ReadonlyMap<string, unknown>): void {
  // The commands `merchant` and `cases` call no gateway.
  const missing = role === "merchant" || role === "cases" ? [] : inUse.filter((name) => !gateways.has(name));
  const problems = missing.map((name) => ({
    variable: connectors[name]?.needs ?? name,
    problem: connectors[name] ? `is missing, and an account uses the ${name}` : "is no connector of this version, and an account uses it",
    cure: "Set it, or disable the account.",
  }));
  if (problems.length > 0) throw new ConfigError(role, problems);
}
