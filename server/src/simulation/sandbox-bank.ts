/** The sandbox's own far side under virtual time: its books are the judge. Its webhooks to us and its shoppers are driven here. */
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
  positions,
  referenceOf,
  type SandboxSettings,
  signature,
  SIGNATURE_HEADER,
  statusOf,
} from "@tillway/sandbox";
import { type Bank, type BankSetup, type Books, deliver, pathIn } from "./bank.ts";

/** Where the accounts' webhooks go; nothing is resolved. */
const OUR_URL = "http://tillway.invalid";

/** The sandbox's ledger as the oracle reads it. */
export function sandboxBooks(ledger: Ledger): Books {
  return {
    served: () => ledger.served,
    positions: (now) =>
      positions(ledger, now).map((one) => {
        const { scenario } = ledger.accounts.get(one.account)!.operations.get(one.key)!;
        return { ...one, isFickle: scenario === "captured-later", isUseless: scenario === "wrong-amount" };
      }),
  };
}

export class SandboxBank implements Bank {
  readonly books: Books;
  readonly #ledger: Ledger = emptyLedger();
  readonly #setup: BankSetup;
  readonly #settings: SandboxSettings;
  readonly #planned = new Set<string>();
  readonly #met = new Set<string>();

  constructor(setup: BankSetup) {
    this.books = sandboxBooks(this.#ledger);
    this.#setup = setup;
    this.#settings = { ...bankSettings, delayMs: setup.swarm.plainDelayMs, findLagMs: setup.swarm.findLagMs, seed: String(setup.seed) };
    for (const account of setup.accounts) {
      const { api_key: apiKey = "", webhook_secret: webhookSecret = "" } = account.credentials;
      apply(this.#ledger, { kind: "account", account: account.id, apiKey, webhookUrl: OUR_URL, webhookSecret });
    }
  }

  /** Serves the request now. */
  serve(request: HttpRequest, fault: FaultName | undefined): FarReply {
    const { entries, reply } = this.#handle({ ...request, path: pathIn(request.url) }, fault);
    for (const entry of entries) {
      if (entry.kind !== "operation") continue;
      if (entry.record.operation === "charge") this.#setup.machinery.counts.gatewayCharges++;
      this.#setup.asked({ ...entry.record, account: entry.account });
    }
    this.#meetShoppers();
    return reply;
  }

  /** Webhooks still to come. */
  busy(): boolean {
    return this.#ledger.owed.size > 0;
  }

  #handle(request: FarRequest, fault?: FaultName): Handled {
    const handled = handle(this.#ledger, this.#settings, request, { now: this.#setup.machinery.kernel.now, fault });
    this.#planWebhooks();
    return handled;
  }

  #planWebhooks(): void {
    const { kernel } = this.#setup.machinery;
    for (const owed of this.#ledger.owed.values()) {
      const sending = `${owed.id}#${owed.tries}`;
      if (this.#planned.has(sending)) continue;
      this.#planned.add(sending);
      const { eventId, dueAt, body } = owed;
      deliver(this.#setup, {
        eventId,
        dueAt,
        isOwed: () => this.#ledger.owed.has(owed.id),
        posted: () => {
          const headers = { [SIGNATURE_HEADER]: signature(this.#ledger.accounts.get(owed.account)!.webhookSecret, body, kernel.now) };
          return { connector: "sandbox", accountId: owed.account, headers, body };
        },
        over: (ok) => {
          apply(this.#ledger, afterTry(owed, ok, kernel.now));
          this.#planWebhooks();
        },
      });
    }
  }

  /** A shopper who is sent to the challenge page completes it, fails it, or never comes. */
  #meetShoppers(): void {
    const { shopper, machinery } = this.#setup;
    for (const account of this.#ledger.accounts.values()) {
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
