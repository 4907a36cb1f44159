/** The far side of the world: what the oracle may read of a gateway, whosever it is, and how its webhooks come to us. */
import type { ConnectorAccount, Ms, Operation } from "../core/model.ts";
import type { HttpRequest } from "../core/ports/http.ts";
import type { FarReply, FaultName } from "@tillway/sandbox";
import { tally } from "./counts.ts";
import type { Machinery } from "./process.ts";
import type { Chance } from "./random.ts";
import { type GatewayName, gatewayNames, type Swarm } from "./swarm.ts";

/** Money of one charge in a gateway's books, in minor units of ISO 4217. */
export interface Position {
  readonly account: string;
  readonly key: string;
  /** Our payment, where the gateway was told; null: the key has to say. */
  readonly payment: string | null;
  readonly amount: number;
  /** `authorized` and `succeeded` mean money; the others are the gateway's own words. */
  readonly status: string;
  readonly captured: number;
  readonly refunded: number;
  /** The gateway changes its word about it, by what its shopper's card does. */
  readonly isFickle: boolean;
  /** Each answer about it is of no use. */
  readonly isUseless: boolean;
}

export interface Books {
  /** Grows with each request: whoever has seen the books since then has seen them. */
  served(): number;
  positions(now: Ms): readonly Position[];
}

/** An operation as a gateway was asked for it. */
export interface Arrival {
  readonly account: string;
  /** Ours; null: this request carries none, and is known by its charge. */
  readonly key: string | null;
  /** The key of the charge that is acted on, where there is no other. */
  readonly charge?: string | null;
  readonly operation: Operation;
  /** Minor units of ISO 4217. */
  readonly amount: number;
  readonly currency: string;
  /** The gateway's own words, if it can't express the amount. */
  readonly refusal?: string | null;
}

export interface Bank {
  readonly books: Books;
  /** Serves the request now. */
  serve(request: HttpRequest, fault: FaultName | undefined): FarReply;
  /** Webhooks still to come. */
  busy(): boolean;
}

/** One webhook on its way to us. */
export interface Posted {
  readonly connector: GatewayName;
  readonly accountId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface BankSetup {
  readonly machinery: Machinery;
  readonly seed: number;
  readonly swarm: Swarm;
  readonly shopper: Chance;
  /** Of this gateway. */
  readonly accounts: readonly ConnectorAccount[];
  /** Called for each operation that the far side is asked for. */
  readonly asked: (operation: Arrival) => void;
  /** Posts to our API; `answered` gets whether that was 2xx. */
  readonly post: (posted: Posted, answered: (ok: boolean) => void) => void;
  /** Called with `account/event` for each webhook that we took with a 2xx. */
  readonly taken: (event: string) => void;
}

/** A webhook that a gateway owes us. */
export interface Owed {
  readonly dueAt: Ms;
  /** False if it was called off meanwhile. */
  readonly isOwed: () => boolean;
  readonly eventId: string;
  /** Made when it leaves, since its signature may hold the time. */
  readonly posted: () => Posted;
  /** It was answered; or lost for good, which the gateway takes for delivered. */
  readonly over: (ok: boolean) => void;
}

/** Sends a webhook when it is due: late, lost, doubled. */
export function deliver({ machinery, post, taken }: Pick<BankSetup, "machinery" | "post" | "taken">, owed: Owed): void {
  const { kernel, draw, counts, rates } = machinery;
  const { late, lateMaxMs } = rates().gatewayWebhook;
  const lateMs = draw.hit(late) ? draw.int(0, lateMaxMs) : draw.skewed(5, 2_000);
  kernel.after(owed.dueAt - kernel.now + lateMs, () => {
    if (!owed.isOwed()) return;
    const { lost, duplicate } = rates().gatewayWebhook;
    // Only a question, or the sweep, can find out.
    if (draw.hit(lost)) {
      tally(counts.faults, "gateway-webhook:lost");
      return owed.over(true);
    }
    const posted = owed.posted();
    counts.gatewayWebhooks++;
    post(posted, (ok) => {
      if (ok) taken(`${posted.accountId}/${owed.eventId}`);
      owed.over(ok);
    });
    if (!draw.hit(duplicate)) return;
    tally(counts.faults, "gateway-webhook:duplicate");
    kernel.after(draw.skewed(0, 60_000), () => post(posted, () => undefined));
  });
}

/** All gateways of a world, told apart by the host that a request names. */
export function banksOf(banks: Readonly<Partial<Record<GatewayName, Bank>>>): Bank {
  const all = Object.values(banks);
  return {
    books: {
      served: () => all.reduce((sum, { books }) => sum + books.served(), 0),
      positions: (now) => all.flatMap(({ books }) => books.positions(now)),
    },
    serve: (request, fault) => bankAt(banks, request.url).serve(request, fault),
    busy: () => all.some((bank) => bank.busy()),
  };
}

export function urlOf(gateway: GatewayName): string {
  return `http://${gateway}.invalid`;
}

export function pathIn(url: string): string {
  return url.slice(url.indexOf("/", "http://".length));
}

function bankAt(banks: Readonly<Partial<Record<GatewayName, Bank>>>, url: string): Bank {
  const found = gatewayNames.find((name) => url.startsWith(`${urlOf(name)}/`));
  const bank = found && banks[found];
  if (!bank) throw new Error(`there is no gateway at ${url}`);
  return bank;
}

/** Decimals of the simulated merchant's currencies. The judge's own table: it must not be wrong where a connector's is. */
const decimals: Readonly<Record<string, { readonly iso: number } & Partial<Record<GatewayName, number>>>> = {
  EUR: { iso: 2 },
  INR: { iso: 2 },
  ISK: { iso: 0, stripe: 2 },
  JPY: { iso: 0 },
  KWD: { iso: 3 },
};
const powersOfTen = [1, 10, 100, 1_000];

/** A gateway's amount in minor units of ISO 4217; -1, which no amount of ours is, if there is none. */
export function inMinorUnits(wire: number, currency: string, gateway: GatewayName): number {
  const known = decimals[currency];
  const down = known && powersOfTen[(known[gateway] ?? known.iso) - known.iso];
  if (down === undefined || wire % down !== 0) return -1;
  return down === 1 ? wire : Number(String(wire).slice(0, 1 - String(down).length) || "0");
}
