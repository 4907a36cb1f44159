/** The sandbox as one of the gateways: how to reach it, its health check, and the account of a test merchant. */
import type { AccountTemplate } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import type { ClientDeps, Entry, Gateway, GatewayContext } from "../exchange.ts";
import { sandboxFields, testCardTokenizer } from "./cards.ts";
import { createSandboxConnector } from "./connector.ts";

export const sandboxAccount: AccountTemplate = {
  connector: "sandbox",
  credentials: { api_key: "sandbox_{account}", webhook_secret: "{secret}" },
};

/** Of a new merchant. Without a sandbox to reach (`all` has one in its process, whoever else works on its database has not) it is disabled: payments say that there is no account, and no part refuses to start. */
export function firstAccountOf(isThere: boolean): AccountTemplate {
  return isThere ? sandboxAccount : { ...sandboxAccount, status: "disabled" };
}

/** Without a place of its own on the internet: `all` runs one inside, other parts find it by a variable of their own. */
export const sandbox: Entry = { title: "the sandbox", open: openSandbox, needs: "SANDBOX_URL" };

function openSandbox(context: GatewayContext): Gateway | null {
  const place = context.places["sandbox"];
  if (place === undefined) return null;
  const deps = { ...context, http: place.http ?? context.http, baseUrl: place.baseUrl };
  return {
    connector: createSandboxConnector(deps),
    tokenizer: { ...testCardTokenizer, fields: sandboxFields(place.browserUrl ?? place.baseUrl) },
    health: () => askSandboxHealth(deps),
    setFaults: async (faults) => expectOk(await ask(deps, "POST", "/faults", JSON.stringify(faults))),
  };
}

/** Our own health check waits for this, so it is shorter than the limit of a payment. */
const ANSWERS_WITHIN_MS = 1_000;
const ANSWER_MAX_BYTES = 1_024;

/** Checks that the sandbox answers: no account, nothing written. Throws if it does not. */
export async function askSandboxHealth(deps: Reach): Promise<void> {
  expectOk(await ask(deps, "GET", "/health", null));
}

type Reach = Pick<ClientDeps, "http" | "baseUrl">;

function ask({ http, baseUrl }: Reach, method: "GET" | "POST", path: string, body: string | null): Promise<HttpResult> {
  return http.send({
    method,
    url: baseUrl + path,
    headers: {},
    body,
    connectTimeoutMs: ANSWERS_WITHIN_MS,
    totalTimeoutMs: ANSWERS_WITHIN_MS,
    maxBytes: ANSWER_MAX_BYTES,
  });
}

function expectOk(result: HttpResult): void {
  if (result.kind !== "answer") throw new Error(`the sandbox does not answer: ${result.reason}`);
  if (result.status !== 200) throw new Error(`the sandbox answers ${result.status}`);
}
