/** The sandbox's card fields: a frame of its own, which takes published test cards only. */
import { cardOf, configured, FieldsError, type Adapter, type CardFieldsOffer, type CardToken, type FieldsEvents } from "./adapter.ts";

const ANSWERS_WITHIN_MS = 20_000;

interface Said {
  readonly type: "ready" | "change" | "token" | "refused";
  readonly complete?: boolean;
  readonly token?: string;
  readonly code?: string;
  readonly message?: string;
}

export const sandbox: Adapter = {
  async mount(element, offer, events) {
    const url = configured(offer, "frame_url");
    const frame = document.createElement("iframe");
    frame.title = "Card number, expiry date and security code";
    Object.assign(frame.style, { border: "0", width: "100%", height: "13rem" });
    frame.src = url;
    const loaded = new Promise<void>((resolve) => frame.addEventListener("load", () => resolve(), { once: true }));
    element.append(frame);
    await loaded;
    // To this origin and no other: whoever else came to stand in the frame gets nothing, and only the frame has the other end.
    const { port1: port, port2 } = new MessageChannel();
    frame.contentWindow?.postMessage({ type: "tillway-fields" }, new URL(url).origin, [port2]);
    const talk = talkWith(port, offer, events);
    try {
      await talk.ready;
    } catch (error) {
      frame.remove();
      throw error;
    }
    events.ready?.();
    return {
      tokenize: talk.tokenize,
      destroy() {
        port.close();
        frame.remove();
      },
    };
  },
};

interface Waiting {
  resolve(said: Said): void;
}

function talkWith(port: MessagePort, offer: CardFieldsOffer, events: FieldsEvents) {
  const waiting: Waiting[] = [];
  const next = (): Promise<Said> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(new FieldsError("frame_failed", "The card fields do not answer."));
      }, ANSWERS_WITHIN_MS);
      const one: Waiting = {
        resolve(said) {
          clearTimeout(timer);
          resolve(said);
        },
      };
      waiting.push(one);
    });
  const ready = next();
  port.addEventListener("message", ({ data }: MessageEvent<Said>) => {
    if (data.type === "change") events.change?.({ complete: data.complete === true, error: null });
    else waiting.shift()?.resolve(data);
  });
  port.start();
  return {
    ready,
    async tokenize(): Promise<CardToken> {
      const answer = next();
      port.postMessage({ type: "tokenize" });
      const { token, code = "invalid_card", message = "The card can't be used." } = await answer;
      if (token === undefined) throw new FieldsError(code, message);
      return cardOf(token, offer);
    },
  };
}
