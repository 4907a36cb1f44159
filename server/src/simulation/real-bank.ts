/** A far side with a life of its own (Stripe's, Razorpay's) under virtual time: what it plans happens when it is due, and its webhooks leave. */
import type { Ms } from "../core/model.ts";
import type { HttpRequest } from "../core/ports/http.ts";
import { type FarReply, type FarRequest, type FaultName, WEBHOOK_RETRY_GAPS_MS } from "@tillway/sandbox";
import { type Bank, type BankSetup, type Books, deliver, pathIn } from "./bank.ts";
import type { GatewayName } from "./swarm.ts";

export interface OwedText {
  readonly id: string;
  readonly body: string;
  readonly dueAt: Ms;
}

export interface RealFarSide {
  readonly connector: GatewayName;
  serve(request: FarRequest, fault?: FaultName): FarReply;
  /** Lets happen what is due. @returns when the next thing is */
  catchUp(): Ms | null;
  takeOwed(): readonly OwedText[];
  /** What Tillway knows the event by; left out: its id. */
  keptAs?(owed: OwedText): string;
  /** Signs a webhook now. */
  headersOf(owed: OwedText): Readonly<Record<string, string>>;
  readonly positions: Books["positions"];
  /** Each request with its answer, for arrivals at the oracle and for the shopper. */
  seen(request: FarRequest, reply: FarReply): void;
}

/** Another request of the far side that is not ours: a shopper's. */
export interface RealBank extends Bank {
  visit(request: FarRequest): FarReply;
}

export function realBank(setup: BankSetup, far: RealFarSide): RealBank {
  const { kernel } = setup.machinery;
  const accountId = setup.accounts[0]!.id;
  let served = 0;
  let onTheirWay = 0;
  let wakesAt: Ms | null = null;

  function send(owed: OwedText, tries: number): void {
    onTheirWay++;
    deliver(setup, {
      eventId: far.keptAs?.(owed) ?? owed.id,
      dueAt: owed.dueAt,
      isOwed: () => true,
      posted: () => ({ connector: far.connector, accountId, headers: far.headersOf(owed), body: owed.body }),
      over: (ok) => {
        onTheirWay--;
        const gapMs = WEBHOOK_RETRY_GAPS_MS[tries];
        if (!ok && gapMs !== undefined) send({ ...owed, dueAt: kernel.now + gapMs }, tries + 1);
      },
    });
  }

  function settle(): void {
    served++;
    const next = far.catchUp();
    for (const owed of far.takeOwed()) send(owed, 0);
    if (next === null || (wakesAt !== null && wakesAt <= next)) return;
    wakesAt = next;
    kernel.after(next - kernel.now, () => {
      if (wakesAt !== next) return;
      wakesAt = null;
      settle();
    });
  }

  function visit(request: FarRequest, fault?: FaultName): FarReply {
    const reply = far.serve(request, fault);
    settle();
    return reply;
  }

  return {
    books: { served: () => served, positions: far.positions },
    visit,
    busy: () => onTheirWay > 0,
    serve(request: HttpRequest, fault) {
      const asked = { method: request.method, path: pathIn(request.url), headers: request.headers, body: request.body };
      const reply = visit(asked, fault);
      far.seen(asked, reply);
      return reply;
    },
  };
}
