/** The checkout's side: the page in the frame learns what it is for, and tells the shop how it went. */
import { fieldsOf, type CheckoutResult, type FromFrame, type Handshake, type OpenMessage } from "./messages.ts";

export type { CheckoutMode, CheckoutProblem, CheckoutResult, OpenMessage } from "./messages.ts";

/** All that the page can tell the shop. */
export interface ShopConnection {
  /** What the shop's page asked for; already checked for its types. */
  readonly open: OpenMessage;
  /** Something can be seen, be it an error: until then the shop shows that it waits, and after some seconds it gives up. */
  ready(): void;
  /** The page's own height, each time that it changes. */
  height(px: number): void;
  /** Only the first one counts. */
  result(result: CheckoutResult): void;
  /** The shopper wants to leave, and the frame goes away. The page has asked first, if `typed`. */
  wantClose(typed: boolean): void;
  /** The shopper pressed Escape, or clicked beside the frame: ask if anything would be lost, then `wantClose`. */
  onClose(callback: () => void): void;
}

const SHORTEST_NONCE = 16;

/**
 * Waits for the shop's page. Call it while the frame's script runs for the first time: the shop speaks right after `load`.
 * Rejects if this window is in no frame; in one whose page never speaks it waits.
 */
export function connect(): Promise<ShopConnection> {
  if (window.parent === window) return Promise.reject(new Error("This page is in no frame: it has no shop to speak with."));
  return new Promise((resolve) => {
    const listen = (event: MessageEvent): void => {
      const [port] = event.ports;
      if (event.source !== window.parent || !isHandshake(event.data) || port === undefined) return;
      // The first one and no other. Who may be this window's parent is for `frame-ancestors` to say.
      window.removeEventListener("message", listen);
      speak(port, event.data.nonce, resolve);
    };
    window.addEventListener("message", listen);
  });
}

function speak(port: MessagePort, nonce: string, opened: (connection: ShopConnection) => void): void {
  let open: OpenMessage | null = null;
  let closing: (() => void) | null = null;
  let shown = false;
  let said = false;
  const say = (message: FromFrame): void => port.postMessage(message);
  /** The shop believes nothing before it has its nonce back. */
  const ready = (): void => {
    if (!shown) say({ type: "ready", nonce });
    shown = true;
  };
  const connection = (given: OpenMessage): ShopConnection => ({
    open: given,
    ready,
    height: (px) => say({ type: "height", px }),
    result({ status, paymentId, error }) {
      if (said) return;
      said = true;
      ready();
      say({ type: "result", status, paymentId, error });
    },
    wantClose(typed) {
      ready();
      say({ type: "close", typed });
    },
    onClose(callback) {
      closing = callback;
    },
  });
  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (open === null) {
      if (isOpen(data)) opened(connection((open = data)));
    } else if (fieldsOf(data)["type"] === "close") closing?.();
  });
  port.start();
}

function isHandshake(data: unknown): data is Handshake {
  const { tillway, nonce } = fieldsOf(data);
  return tillway === 1 && typeof nonce === "string" && nonce.length >= SHORTEST_NONCE;
}

function isOpen(data: unknown): data is OpenMessage {
  const { type, key, orderId, clientSecret, sessionId, locale, mode } = fieldsOf(data);
  const optional = [clientSecret, sessionId, locale].every((value) => value === undefined || typeof value === "string");
  return type === "open" && typeof key === "string" && typeof orderId === "string" && optional && (mode === "modal" || mode === "inline");
}
