/** Credentials of a gateway account against what its connector declares of them. */
import type { Credentials } from "../../core/accounts.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Mode } from "../../core/model.ts";
import type { AccountRules, Connector, CredentialField } from "../../core/ports/connector.ts";
import type { Deps } from "../deps.ts";

/** The connector, and what it declares of accounts in this mode. Throws `TillwayError` invalid_field that names those there are. */
export function connectorFor(deps: Pick<Deps, "connectors">, name: string, mode: Mode): { connector: Connector; rules: AccountRules } {
  const connector = deps.connectors.get(name);
  const rules = connector?.accounts;
  if (!connector || !rules) {
    const names = [...deps.connectors.values()].filter((each) => each.accounts).map((each) => each.name);
    throw refusal("connector", `There is no connector of this name here. There are: ${names.join(", ")}.`);
  }
  if (!rules.modes.includes(mode))
    throw refusal(
      "connector",
      `An account of ${name} is always in ${rules.modes.join(" or ")} mode. Send the request with an API key of that mode.`,
    );
  return { connector, rules };
}

/** Throws `TillwayError` unknown_field, missing_field, invalid_field: it names the credential and the cure, and shows no value. */
export function refuseUnfit(rules: AccountRules, mode: Mode, given: Credentials, needsAll: boolean): void {
  const fields = new Map(rules.credentials.map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(given)) {
    const field = fields.get(name);
    if (!field) {
      const message = `The connector has no such credential. It has: ${[...fields.keys()].join(", ")}.`;
      throw new TillwayError("unknown_field", { param: `credentials.${name.replaceAll(/[^\w-]/g, "?").slice(0, 64)}`, message });
    }
    refuseValue(field, mode, value);
  }
  const missing = needsAll && rules.credentials.find(({ name, isOptional }) => !isOptional && !Object.hasOwn(given, name));
  if (missing)
    throw new TillwayError("missing_field", {
      param: `credentials.${missing.name}`,
      message: `${missing.name} is missing. ${missing.help}`,
    });
}

function refuseValue({ name, pattern, prefixes, help }: CredentialField, mode: Mode, value: string): void {
  const param = `credentials.${name}`;
  const begins = (of: Mode) => prefixes?.[of].some((prefix) => value.startsWith(prefix)) ?? true;
  const other = mode === "test" ? "live" : "test";
  if (!begins(mode)) {
    const cure = `One of ${mode} mode begins with ${prefixes![mode].join(" or ")}.`;
    throw refusal(param, begins(other) ? `${name} is of ${other} mode, and your API key is of ${mode} mode. ${cure}` : `${cure} ${help}`);
  }
  if (!new RegExp(`^(?:${pattern})$`).test(value)) throw refusal(param, `${name} does not look like one. ${help}`);
}

function refusal(param: string, message: string): TillwayError {
  return new TillwayError("invalid_field", { param, message });
}
