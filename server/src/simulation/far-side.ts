/** The sandbox's own far side under virtual time: its books are the judge. Its webhooks to us and its shoppers are driven here. */
import type { ConnectorAccount } from "../core/model.ts";
import type { HttpRequest } from "../core/ports/http.ts";
import {
  type Account,
  afterTry,
  apply,
  bankSettings,
  emptyLedger,
  type FarReply,
  type FarRequest,
  type FaultName,
  handle,
  type Handled,
  type Ledger,
  type Owed,
  referenceOf,
  type SandboxSettings,
  signature,
  SIGNATURE_HEADER,
  statusOf,
} from "@tillway/sandbox";
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

export interface FarSideSetup {
  readonly machinery: Machinery;
  readonly seed: number;
  readonly swarm: Swarm;
  readonly shopper: Chance;
  readonly accounts: readonly ConnectorAccount[];
  /** Called for each operation that the far side takes in. */
  readonly asked: (operation: { readonly account: string; readonly key: string }) => void;
  /** Posts to our API; `answered` gets whether that was 2xx. */
  readonly post: (posted: Posted, answered: (ok: boolean) => void) => void;
}

/** Where the accounts' webhooks go; nothing is resolved. */
const OUR_URL = "http://tillway.invalid";

export class FarSideHost {
  readonly ledger: Ledger = emptyLedger();
  /** Webhooks that we took with a 2xx, as `account/event`. */
  readonly taken = new Set<string>();
  readonly #setup: FarSideSetup;
  readonly #settings: SandboxSettings;
  readonly #planned = new Set<string>();
  readonly #met = new Set<string>();

  constructor(setup: FarSideSetup) {
    this.#setup = setup;
    this.#settings = { ...bankSettings, delayMs: setup.swarm.plainDelayMs, findLagMs: setup.swarm.findLagMs, seed: String(setup.seed) };
    for (const account of setup.accounts) {
      const { api_key: apiKey = "", webhook_secret: webhookSecret = "" } = account.credentials;
      apply(this.ledger, { kind: "account", account: account.id, apiKey, webhookUrl: OUR_URL, webhookSecret });
    }
  }

  /** Serves the request now. */
  serve(request: HttpRequest, fault: FaultName | undefined): FarReply {
    const path = request.url.slice(request.url.indexOf("/", "http://".length));
    const { entries, reply } = this.#handle({ method: request.method, path, headers: request.headers, body: request.body }, fault);
    for (const entry of entries) {
      if (entry.kind !== "operation") continue;
      if (entry.record.operation === "charge") this.#setup.machinery.counts.gatewayCharges++;
      this.#setup.asked({ account: entry.account, key: entry.record.key });
    }
    this.#meetShoppers();
    return reply;
  }

  /** Webhooks still to come. */
  busy(): boolean {
    return this.ledger.owed.size > 0;
  }

  #handle(request: FarRequest, fault?: FaultName): Handled {
    const handled = handle(this.ledger, this.#settings, request, { now: this.#setup.machinery.kernel.now, fault });
    this.#planWebhooks();
    return handled;
  }

  #planWebhooks(): void {
    const { kernel, draw, rates } = this.#setup.machinery;
    const { late, lateMaxMs } = rates().gatewayWebhook;
    for (const owed of this.ledger.owed.values()) {
      const sending = `${owed.id}#${owed.tries}`;
      if (this.#planned.has(sending)) continue;
      this.#planned.add(sending);
      const lateMs = draw.hit(late) ? draw.int(0, lateMaxMs) : draw.skewed(5, 2_000);
      kernel.after(owed.dueAt - kernel.now + lateMs, () => this.#send(owed));
    }
  }

  #send(owed: Owed): void {
    const { kernel, draw, counts, rates } = this.#setup.machinery;
    const account = this.ledger.accounts.get(owed.account);
    if (!this.ledger.owed.has(owed.id) || !account) return;
    const { lost, duplicate } = rates().gatewayWebhook;
    // Lost for good: the far side takes it for delivered, and only a question can find out.
    if (draw.hit(lost)) {
      tally(counts.faults, "gateway-webhook:lost");
      return apply(this.ledger, { kind: "told", id: owed.id });
    }
    const headers = { [SIGNATURE_HEADER]: signature(account.webhookSecret, owed.body, kernel.now) };
    const posted = { accountId: owed.account, headers, body: owed.body };
    counts.gatewayWebhooks++;
    this.#setup.post(posted, (ok) => {
      if (ok) this.taken.add(`${owed.account}/${owed.eventId}`);
      apply(this.ledger, afterTry(owed, ok, kernel.now));
      this.#planWebhooks();
    });
    if (!draw.hit(duplicate)) return;
    tally(counts.faults, "gateway-webhook:duplicate");
    kernel.after(draw.skewed(0, 60_000), () => this.#setup.post(posted, () => undefined));
  }

  /** A shopper who is sent to the challenge page completes it, fails it, or never comes. */
  #meetShoppers(): void {
    const { shopper, machinery } = this.#setup;
    for (const account of this.ledger.accounts.values()) {
      for (const record of account.operations.values()) {
        const id = `${account.id}/${record.key}`;
        if (this.#met.has(id) || !record.scenario.startsWith("challenge")) continue;
        this.#met.add(id);
        const verdict = shopper.pick(["complete", "complete", "fail", null] as const);
        if (verdict !== null) machinery.kernel.after(shopper.skewed(2_000, 1_500_000), () => this.#visit(account, record.key, verdict));
      }
    }
  }

  #visit(account: Account, key: string, verdict: "complete" | "fail"): void {
    const { kernel } = this.#setup.machinery;
    const record = account.operations.get(key)!;
    this.#handle({ method: "POST", path: `/challenges/${account.id}/${referenceOf(record)}/${verdict}`, headers: {}, body: null });
    kernel.trace.add(kernel.now, `shopper: ${verdict} ${key.slice(0, 4)} ⇒ ${statusOf(account.operations.get(key)!, kernel.now).status}`);
  }
}
