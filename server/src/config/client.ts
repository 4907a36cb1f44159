/**
 * What a command needs that talks to a running Tillway. It stands apart from the other variables, so that such a command starts at once
 * and nothing else in the environment can stop it.
 */
import { resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { port, webUrl } from "./forms.ts";
import { publicUrlOf } from "./public-url.ts";
import { ConfigError, readValues, type Variable, type ValuesOf } from "./read.ts";

export const clientVariables = {
  TILLWAY_HOME: {
    purpose: "Directory of the embedded database, the master key and the test keys",
    form: "a path",
    parse: (text) => text,
    fallback: ".tillway",
    cure: "Use a directory that this user may write to.",
  },
  HOST: {
    purpose: "Address that the servers listen on. Other than loopback, webhooks to loopback are refused outside test mode",
    form: "an address or name without scheme and port",
    parse: (text) => (/^[A-Za-z0-9._:-]+$/.test(text) ? text : undefined),
    fallback: "127.0.0.1",
    cure: "Use 127.0.0.1, or 0.0.0.0 to be reached from outside.",
  },
  API_PORT: port("Port of the API", 8_000),
  TILLWAY_URL: webUrl(
    "Where the commands that talk to a running Tillway find it, such as `tillway payments`; by default the one of `TILLWAY_HOME`",
    "Use the address of the API, such as http://127.0.0.1:8000.",
  ),
  TILLWAY_KEY: credential("API key of those commands; by default the test merchant's in `TILLWAY_HOME`", false),
  TILLWAY_SECRET: credential("The secret of `TILLWAY_KEY`", true),
  TILLWAY_OPERATOR_KEY: {
    purpose:
      "Key of the operator, who creates merchants and their keys over the API and by `tillway merchants`. `all` makes one at its first start and keeps it in its home. An `api` without it has no operator",
    form: "32 to 200 printable ASCII characters without spaces",
    parse: (text) => (OPERATOR_KEY.test(text) ? text : undefined),
    fallback: null,
    isSecret: true,
    cure: "Make one with `openssl rand -hex 32`.",
  },
} satisfies Readonly<Record<string, Variable<unknown>>>;

/** Beyond guessing, if it was drawn at random. */
export const OPERATOR_KEY = /^[!-~]{32,200}$/;

export type ClientConfig = ReturnType<typeof readClientConfig>;

/** Throws `ConfigError`. */
export function readClientConfig(environment: Environment) {
  const { values, problems } = readValues<ValuesOf<typeof clientVariables>>(environment, clientVariables, null);
  if (problems.length > 0) throw new ConfigError(null, problems);
  const { TILLWAY_HOME: home, TILLWAY_URL: url, TILLWAY_KEY: key, TILLWAY_SECRET: secret, HOST: host, API_PORT: apiPort } = values;
  const localUrl = publicUrlOf({ host, publicUrl: null }, apiPort);
  return { homeDir: resolve(home), url, key, secret, operatorKey: values.TILLWAY_OPERATOR_KEY, localUrl };
}

function credential(purpose: string, isSecret: boolean): Variable<string | null> {
  const parse = (text: string) => (/^[!-~]+$/.test(text) ? text : undefined);
  return { purpose, form: "printable text without blanks", parse, fallback: null, isSecret, cure: "Copy it whole, as it was shown." };
}
