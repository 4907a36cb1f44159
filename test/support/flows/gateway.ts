import type { Attempt, ConnectorAccount, Operation } from "../../../server/src/core/model.ts";
import type { Outcome } from "../../../server/src/core/outcome.ts";
import type {
  AccountRules,
  Call,
  Capabilities,
  CheckResult,
  Connector,
  RawWebhook,
  Reply,
  WebhookVerdict,
} from "../../../server/src/core/ports/connector.ts";
import { ableGateway, says } from "./rows.ts";

export type Asked = "send" | "retrieve" | "find" | "cancel";

/** The far side's handling of one request. Left out: it does it and answers so. */
export type Script =
  /** Does nothing and answers this. */
  | Outcome
  | ((call: Call) => Outcome)
  /** Does it; the answer is lost. */
  | "answer lost"
  /** Never gets it; the answer is "unknown" all the same. */
  | "request lost"
  /** Answers when the test lets it. */
  | Held;

export class Held {
  #resolve!: (reply: Reply) => void;
  readonly reply = new Promise<Reply>((resolve) => (this.#resolve = resolve));
  call: Call | undefined;

  answer(outcome: (attempt: Attempt) => Outcome, exchanges: Reply["exchanges"] = []): void {
    this.#resolve({ outcome: outcome(this.call!.attempt), exchanges });
  }
}

export interface LedgerEntry {
  readonly key: string;
  readonly operation: Operation;
  readonly amount: number;
  status: "succeeded" | "authorized" | "canceled";
}

const bankAccounts: AccountRules = {
  modes: ["test", "live"],
  credentials: [
    {
      name: "secret_key",
      isSecret: true,
      isOptional: false,
      pattern: String.raw`[\w]{12,64}`,
      prefixes: { test: ["sk_test_", "rk_test_"], live: ["sk_live_", "rk_live_"] },
      help: "The bank shows it under Keys.",
    },
    { name: "shop", isSecret: false, isOptional: true, pattern: String.raw`\w{1,64}`, help: "The bank's name of your shop." },
    { name: "webhook_secret", isSecret: true, isOptional: true, pattern: "[!-~]{8,64}", help: "The bank shows it under Webhooks." },
  ],
};

/** A far side with a ledger of its own, and a connector to it that a test can script request by request. */
export class Gateway implements Connector {
  readonly name = "bank";
  capabilities: Capabilities = ableGateway;
  readonly ledger = new Map<string, LedgerEntry>();
  readonly requests: { readonly asked: Asked; readonly operation: Operation; readonly n: number; readonly key: string }[] = [];
  readonly #scripts = new Map<Asked, Script[]>();

  /** The handling of the next requests of this kind, in this order. */
  next(asked: Asked, ...scripts: Script[]): this {
    this.#scripts.set(asked, [...(this.#scripts.get(asked) ?? []), ...scripts]);
    return this;
  }

  /** It did this after all, whatever it answered or answers. */
  did({ gatewayKey: key, operation, amount }: Pick<Attempt, "gatewayKey" | "operation" | "amount">): void {
    this.ledger.set(key, { key, operation, amount, status: "succeeded" });
  }

  /** Money taken and not given back, by the far side's own books. */
  get net(): number {
    let sum = 0;
    for (const entry of this.ledger.values()) {
      if (entry.status !== "succeeded") continue;
      if (entry.operation === "charge" || entry.operation === "capture") sum += entry.amount;
      if (entry.operation === "refund") sum -= entry.amount;
    }
    return sum;
  }

  count(asked: Asked, operation?: Operation): number {
    return this.requests.filter((request) => request.asked === asked && (operation === undefined || request.operation === operation))
      .length;
  }

  send = (call: Call): Promise<Reply> => this.#talk("send", call, () => this.#carryOut(call));
  retrieve = (call: Call): Promise<Reply> => this.#talk("retrieve", call, () => this.#tell(call));
  find = (call: Call): Promise<Reply> => this.#talk("find", call, () => this.#tell(call));
  cancel = (call: Call): Promise<Reply> => this.#talk("cancel", call, () => this.#callOff(call));

  /** Left out: this far side has no list. */
  list?: Connector["list"];

  /** What it is asked about credentials, and what it says. */
  readonly checked: ConnectorAccount[] = [];
  word: CheckResult = { kind: "ok" };
  readonly accounts = bankAccounts;

  async check(account: ConnectorAccount): Promise<CheckResult> {
    this.checked.push(account);
    return this.word;
  }

  verifyWebhook(raw: RawWebhook, { credentials }: Pick<ConnectorAccount, "credentials">): WebhookVerdict {
    const signature = raw.headers["x-signature"];
    const secrets = [credentials["webhook_secret"], credentials["previous_webhook_secret"]].filter((secret) => secret !== undefined);
    if (signature !== "good" && !secrets.includes(signature!)) return { ok: false, reason: "wrong signature" };
    return this.readWebhook(new TextDecoder().decode(raw.body));
  }

  readWebhook(body: string): WebhookVerdict {
    if (!body.startsWith("{")) return { ok: false, reason: "not an event", isAuthentic: true };
    return { ok: true, ...(JSON.parse(body) as Omit<Extract<WebhookVerdict, { ok: true }>, "ok">) };
  }

  tokenize(): never {
    throw new Error("cards are tokenized before the flows");
  }

  async #talk(asked: Asked, call: Call, truth: () => Outcome): Promise<Reply> {
    const { operation, n, gatewayKey } = call.attempt;
    this.requests.push({ asked, operation, n, key: gatewayKey });
    const script = this.#scripts.get(asked)?.shift();
    if (script instanceof Held) {
      script.call = call;
      return script.reply;
    }
    return { outcome: this.#answer(script, call, truth), exchanges: [] };
  }

  #answer(script: Exclude<Script, Held> | undefined, call: Call, truth: () => Outcome): Outcome {
    if (script === undefined) return truth();
    if (script === "request lost") return says.unknown;
    if (script === "answer lost") {
      truth();
      return says.unknown;
    }
    return typeof script === "function" ? script(call) : script;
  }

  /** The same key is the same operation, however often it comes. */
  #carryOut(call: Call): Outcome {
    const { gatewayKey: key, operation, amount } = call.attempt;
    if (!this.ledger.has(key)) {
      const holds = operation === "charge" && call.captureMethod === "manual";
      this.ledger.set(key, { key, operation, amount, status: holds ? "authorized" : "succeeded" });
    }
    return this.#tell(call);
  }

  #tell({ attempt }: Call): Outcome {
    const entry = this.ledger.get(attempt.gatewayKey);
    if (!entry) return says.notFound;
    if (entry.status === "canceled") return says.canceled;
    return entry.status === "authorized" ? says.authorized(attempt) : says.succeeded(attempt);
  }

  #callOff(call: Call): Outcome {
    const { gatewayKey: key, operation, amount } = call.attempt;
    const entry = this.ledger.get(key);
    if (entry?.status === "succeeded") return this.#tell(call);
    this.ledger.set(key, { key, operation, amount, status: "canceled" });
    return says.canceled;
  }
}
