import { signature, SIGNATURE_HEADER } from "../../../sandbox/src/gateway/webhooks.ts";
import type { Answer, Json } from "./merchant.ts";
import type { Stage } from "./stage.ts";

/** The sandbox as the gateway of one account: what it shows of an operation, and its webhooks to us. */
export interface GatewayDesk {
  /** The operation under this key as it is now; null: there is none. */
  shown(key: string): Promise<Json>;
  /** Sends an event about an operation, as the gateway signs it. @param at when it was signed; now if left out */
  tell(eventId: string, data: object, at?: number): Promise<Answer>;
}

/** A question may meet the fault that the sandbox was given. */
const TRIES = 10;

export async function gatewayDesk({ parts, sandboxUrl, url }: Stage, accountId: string): Promise<GatewayDesk> {
  const { credentials } = (await parts.deps.settings.account(accountId))!;
  const headers = { authorization: `Bearer ${credentials["api_key"]}`, "sandbox-account": accountId };
  return {
    async shown(key): Promise<Json> {
      for (let tries = 1; ; tries++) {
        const answer = await fetch(`${sandboxUrl}/operations?key=${key}`, { headers }).catch(() => null);
        if (answer?.ok) return (await answer.json()) as Json;
        if (answer?.status === 404 || tries === TRIES) return null;
      }
    },
    async tell(id, data, at = Date.now()) {
      const body = JSON.stringify({ id, type: "operation.updated", account: accountId, data });
      const signed = signature(credentials["webhook_secret"]!, body, at);
      const answer = await fetch(`${url}/v1/gateways/sandbox/${accountId}/webhooks`, {
        method: "POST",
        headers: { "content-type": "application/json", [SIGNATURE_HEADER]: signed },
        body,
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) };
    },
  };
}
