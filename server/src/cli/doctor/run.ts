import { parseArgs } from "node:util";
import { processEnvironment, type Environment, type Role } from "../../config.ts";
import { exitCodes } from "../exit-codes.ts";
import { UsageError } from "../explain.ts";
import { listed, plain } from "../text.ts";
import { databaseFindings } from "./database.ts";
import type { Finding } from "./finding.ts";
import { homeFindings, nodeFindings, portFindings, readEnvironment, sandboxFindings } from "./machine.ts";

const ROLES: readonly Role[] = ["all", "api", "worker", "migrate", "merchant", "cases", "gateway"];

/** All faults of this configuration at once, each with its cure. Changes nothing. */
export async function runDoctor(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { for: { type: "string" }, json: { type: "boolean" } } });
  const role = ROLES.find((each) => each === (values.for ?? usualRole(processEnvironment)));
  if (role === undefined) throw new UsageError(`--for takes ${listed(ROLES)}`);
  const findings = await examine(processEnvironment, role);
  const faults = findings.filter(({ status }) => status === "fail").length;
  console.log(values.json ? JSON.stringify({ role, ok: faults === 0, findings }) : plain(textOf(role, findings)));
  return faults === 0 ? exitCodes.done[0] : exitCodes.config[0];
}

async function examine(environment: Environment, role: Role): Promise<Finding[]> {
  const { findings, config, wrong } = readEnvironment(environment, role);
  const needsHome = role === "all" || role === "gateway";
  const listens =
    (role === "all" || role === "api") && !["HOST", "API_PORT", "CHECKOUT_PORT", "DASHBOARD_PORT"].some((name) => wrong.has(name));
  const hasDatabase = role !== "gateway" && !wrong.has("DATABASE_URL");
  const none = Promise.resolve<Finding[]>([]);
  const rest = [listens ? portFindings(config) : none, sandboxFindings(config), hasDatabase ? databaseFindings(config) : none];
  return [...nodeFindings(), ...findings, ...homeFindings(config.homeDir, needsHome), ...(await Promise.all(rest)).flat()];
}

/** With a database of its own somebody runs the parts alone. */
function usualRole({ DATABASE_URL, TILLWAY_MASTER_KEY }: Environment): Role {
  return (DATABASE_URL ?? "") !== "" && (TILLWAY_MASTER_KEY ?? "") !== "" ? "api" : "all";
}

function textOf(role: Role, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.map(({ check, status, message, cure }) => {
    const line = `${status.padEnd(4)}  ${check.padEnd(width)}  ${message}`;
    return cure === undefined ? line : `${line}\n${" ".repeat(width + 8)}→ ${cure}`;
  });
  const count = (status: Finding["status"]) => findings.filter((each) => each.status === status).length;
  return `${lines.join("\n")}\n\n\`tillway ${role}\`: fail ${count("fail")}, warn ${count("warn")}, ok ${count("ok")}. Nothing was changed.`;
}
