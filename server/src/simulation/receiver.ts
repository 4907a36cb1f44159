import type { Channel, ChannelMessage, ChannelResult } from "../core/ports/channel.ts";
import { tally } from "./counts.ts";
import { cross, type Fault, type Life, type Machinery } from "./process.ts";

/** The merchant's own server, with its book of events received. */
export interface Receiver {
  /** Event id → the bodies received, in order. */
  readonly book: Map<string, string[]>;
}

interface ReceiverSide {
  readonly machinery: Machinery;
  readonly down: () => boolean;
  /** It answers nothing but 410: it is being deployed, or somebody has taken it away. */
  readonly gone: () => boolean;
}

const TIMEOUT_MS = 10_000;

/** The webhook channel over a receiver that fails, is silent, is down, or takes the event and loses its answer. */
export function channelAcross(side: ReceiverSide, life: Life, receiver: Receiver): Channel {
  return { send: (message) => sendOne(side, life, { receiver, message }) };
}

function sendOne(
  side: ReceiverSide,
  life: Life,
  { receiver, message }: { receiver: Receiver; message: ChannelMessage },
): Promise<ChannelResult> {
  const { machinery } = side;
  const { draw, kernel, counts } = machinery;
  const rates = machinery.rates().receiver;
  const startedAt = kernel.now;
  const fault: Fault =
    side.down() || draw.hit(rates.refused) ? "before" : draw.hit(rates.silent) ? "lost" : draw.hit(rates.lostReply) ? "lostReply" : null;
  const status = side.gone() || draw.hit(rates.gone) ? 410 : draw.hit(rates.failing) ? 500 : 200;
  counts.deliveries++;
  return cross<ChannelResult>(machinery, life, {
    name: "channel.send",
    effect: () => {
      if (status !== 200) tally(counts.faults, `receiver:${status}`);
      else receiver.book.set(message.event.id, [...(receiver.book.get(message.event.id) ?? []), message.event.body]);
      kernel.trace.add(kernel.now, `${life.name}   ${message.event.type} ${message.delivery.id.slice(-4)} ⇒ ${status}`);
      return { ...nothing, ok: status === 200, statusCode: status, gone: status === 410, durationMs: kernel.now - startedAt };
    },
    fault,
    latencyMs: [draw.skewed(2, 500), draw.skewed(2, 3_000)],
    timeoutMs: TIMEOUT_MS,
    lateMs: 0,
    failure: (kind) =>
      Promise.resolve({ ...nothing, error: kind === "before" ? "refused" : "timeout", durationMs: kernel.now - startedAt }),
  });
}

const nothing: ChannelResult = { ok: false, statusCode: null, response: null, error: null, durationMs: 0, retryAfterMs: null, gone: false };
