/**
 * What all connectors have in common. What a gateway lacks is answered as not supported, and what can't be right is refused here, before
 * anything leaves. So a connector only says what its gateway does.
 */
import { tokenOwner } from "../core/methods/method.ts";
import { toWire } from "../core/money.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import { refusalProvesNothing, unknown } from "./exchange.ts";

type Optional = "send" | "retrieve" | "find" | "cancel" | "verifyWebhook" | "readWebhook";

/** A connector's own part; what is left out its gateway does not have. */
export type OwnPart = Omit<Connector, Optional> & Partial<Pick<Connector, Optional>>;

/** The whole connector. */
export function onBase(own: OwnPart): Connector {
  const { name, capabilities } = own;
  const cannotAsk = (how: string) => async (): Promise<Reply> => silent(`${name} can't be asked ${how}`);
  const noWebhooks = () => ({ ok: false, reason: `${name} sends no webhooks` }) as const;
  return {
    retrieve: cannotAsk("by its own id"),
    find: cannotAsk("by our key"),
    verifyWebhook: noWebhooks,
    readWebhook: noWebhooks,
    ...own,
    send: async (call) => {
      const problem = problemOf(call, own);
      if (problem !== null) return refused(call, problem);
      return own.send?.(call) ?? refused(call, { code: "not_supported", message: `${name} takes no requests.` });
    },
    cancel: async (call) => {
      if (own.cancel !== undefined) return own.cancel(call);
      // It can't be called off; what it is by now is the answer.
      if (capabilities.canFind && own.find !== undefined) return own.find(call);
      return silent(`${name} can't call a charge off`);
    },
  };
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Why this can't be sent at all; null: it can. */
function problemOf({ attempt, method }: Call, { name, capabilities }: OwnPart): Problem | null {
  const { operation, parentReference, amount, currency } = attempt;
  const isCharge = operation === "charge";
  if (!capabilities.operations.includes(operation)) return { code: "not_supported", message: `${name} has no ${operation}.` };
  if (isCharge && method === null) return notForIt("The attempt names no method.");
  const owner = method && tokenOwner(method);
  if (owner !== null && owner !== name) return notForIt(`The ${method?.type} is not a token of this gateway.`);
  if (!isCharge && (parentReference === null || parentReference === "")) return notForIt("The attempt names no charge to act on.");
  // A currency that a gateway no longer takes can still be given back.
  if (isCharge && capabilities.currencies !== "all" && !capabilities.currencies.includes(currency))
    return { code: "invalid_currency", message: `${name} takes no ${currency} here.` };
  const wire = toWire(amount, currency, capabilities.amounts, operation);
  return wire.ok ? null : { code: `invalid_${wire.field}`, message: wire.message };
}

function notForIt(message: string): Problem {
  return { code: "not_for_this_gateway", message };
}

/** Nothing leaves. That proves something unless an earlier request, made under other settings, may have arrived. */
function refused({ attempt }: Call, { code, message }: Problem): Reply {
  const provesNothing = refusalProvesNothing(attempt, "money");
  return { outcome: provesNothing ? unknown(`not sent again: ${message}`) : { kind: "rejected", code, message }, exchanges: [] };
}

function silent(reason: string): Reply {
  return { outcome: unknown(reason), exchanges: [] };
}
