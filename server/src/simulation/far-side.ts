/** The sandbox's own far side under virtual time: its books are the judge. Its webhooks to us and its shoppers are driven here. */
import type { ConnectorAccount } from "../core/model.ts";
import type { HttpRequest } from "../core/ports/http.ts";
import type { FaultName } from "../gateways/faults.ts";
import { apply, emptyLedger, type Ledger, type Owed } from "../gateways/ledger.ts";
import { handle } from "../gateways/sandbox/far-side.ts";
import { bankSettings, type SandboxSettings } from "../gateways/sandbox/settings.ts";
import { afterTry, signature, SIGNATURE_HEADER } from "../gateways/sandbox/webhooks.ts";
import { referenceOf } from "../gateways/sandbox/view.ts";
import type { FarReply } from "../gateways/sandbox/wire.ts";
import { truthOf } from "../gateways/truth.ts";
import { tally } from "./counts.ts";
import type { Machinery } from "./process.ts";
import type { Chance } from "./random.ts";
import type { Swarm } from "./swarm.ts";

/** One webhook on its way to us. */
export interface Posted {
  readonly accountId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FarSideHost {
  readonly ledger: Ledger;
  readonly serve: (request: HttpRequest, fault: FaultName | undefined) => FarReply;
  /** Webhooks that we took with a 2xx, as `account/event`. */
  readonly taken: ReadonlySet<string>;
  /** Webhooks still to come. */
  readonly busy: () => boolean;
}

export interface FarSideGiven {
  readonly machinery: Machinery;
  readonly seed: number;
  readonly swarm: Swarm;
  readonly shopper: Chance;
  readonly accounts: readonly ConnectorAccount[];
  /** Told of each operation that the far side takes in. */
  readonly asked: (operation: { readonly account: string; readonly key: string }) => void;
  /** Posts to our API; tells whether it answered 2xx. */
  readonly post: (posted: Posted, answered: (ok: boolean) => void) => void;
}

/** The lag of an account's address; the far side itself adds the path. */
const OUR_URL = "http://tillway.invalid";

export function farSideHost(given: FarSideGiven): FarSideHost {
  const { machinery, swarm } = given;
  const { kernel } = machinery;
  const ledger = emptyLedger();
  const settings: SandboxSettings = { ...bankSettings, delayMs: swarm.plainDelayMs, findLagMs: swarm.findLagMs, seed: String(given.seed) };
  for (const account of given.accounts) {
    const { api_key: apiKey = "", webhook_secret: webhookSecret = "" } = account.credentials;
    apply(ledger, { kind: "account", account: account.id, apiKey, webhookUrl: OUR_URL, webhookSecret });
  }
  const taken = new Set<string>();
  const planned = new Set<string>();
  const met = new Set<string>();

  const serve = (request: HttpRequest, fault: FaultName | undefined): FarReply => {
    const path = request.url.slice(request.url.indexOf("/", "http://".length));
    const { entries, reply } = handle(ledger, settings, { method: request.method, path, headers: request.headers, body: request.body }, { now: kernel.now, fault });
    for (const entry of entries) {
      if (entry.kind !== "operation") continue;
      if (entry.record.operation === "charge") machinery.counts.gatewayCharges++;
      given.asked({ account: entry.account, key: entry.record.key });
    }
    planWebhooks();
    meetShoppers();
    return reply;
  };

  function planWebhooks(): void {
    for (const owed of ledger.owed.values()) {
      const sending = `${owed.id}#${owed.tries}`;
      if (planned.has(sending)) continue;
      planned.add(sending);
      const { gatewayWebhook: rates } = machinery.rates();
      const lateMs = machinery.draw.hit(rates.late) ? machinery.draw.int(0, rates.lateMaxMs) : machinery.draw.skewed(5, 2_000);
      kernel.after(owed.dueAt - kernel.now + lateMs, () => send(owed));
    }
  }

  function send(owed: Owed): void {
    const account = ledger.accounts.get(owed.account);
    if (!ledger.owed.has(owed.id) || !account) return;
    const { gatewayWebhook: rates } = machinery.rates();
    // Lost for good: the far side believes that it was told, and only asking can find out.
    if (machinery.draw.hit(rates.lost)) {
      tally(machinery.counts.faults, "gateway-webhook:lost");
      return apply(ledger, { kind: "told", id: owed.id });
    }
    const headers = { [SIGNATURE_HEADER]: signature(account.webhookSecret, owed.body, kernel.now) };
    const posted = { accountId: owed.account, headers, body: owed.body };
    machinery.counts.gatewayWebhooks++;
    given.post(posted, (ok) => {
      if (ok) taken.add(`${owed.account}/${owed.eventId}`);
      apply(ledger, afterTry(owed, ok, kernel.now));
      planWebhooks();
    });
    if (!machinery.draw.hit(rates.duplicate)) return;
    tally(machinery.counts.faults, "gateway-webhook:duplicate");
    kernel.after(machinery.draw.skewed(0, 60_000), () => given.post(posted, () => undefined));
  }

  /** A shopper who is sent to the challenge page completes it, fails, or never comes. */
  function meetShoppers(): void {
    for (const account of ledger.accounts.values()) {
      for (const record of account.operations.values()) {
        const id = `${account.id}/${record.key}`;
        if (met.has(id) || !record.scenario.startsWith("challenge")) continue;
        met.add(id);
        const verdict = given.shopper.pick(["complete", "complete", "fail", null]);
        if (verdict === null) continue;
        const path = `/challenges/${account.id}/${referenceOf(record)}/${verdict}`;
        kernel.after(given.shopper.skewed(2_000, 1_500_000), () => {
          handle(ledger, settings, { method: "POST", path, headers: {}, body: null }, { now: kernel.now });
          kernel.trace.add(kernel.now, `shopper ${verdict}s ${record.key.slice(0, 4)} ⇒ ${truthOf(account.operations.get(record.key)!, kernel.now).status}`);
          planWebhooks();
        });
      }
    }
  }

  return { ledger, serve, taken, busy: () => ledger.owed.size > 0 };
}
