/** The shop's side of the talk with the frame: to one origin, with a nonce, and through a port that nobody else has. */
import { fieldsOf, resultOf, type CheckoutResult, type Handshake, type OpenMessage } from "./messages.ts";

/** For a page that comes slowly. */
const LOADED_WITHIN_MS = 20_000;
/** For a page that is there. One that the browser refused to show loads too, as far as this page can see. */
const READY_WITHIN_MS = 10_000;

interface Events {
  ready(): void;
  height(px: number): void;
  result(result: CheckoutResult): void;
  close(): void;
  /** Nobody answered. */
  silent(): void;
}

export interface Link {
  /** False if nobody is there to be asked. */
  askToClose(): boolean;
  end(): void;
}

export function linkTo(frame: HTMLIFrameElement, origin: string, open: OpenMessage, events: Events): Link {
  let port: MessagePort | null = null;
  let ready = false;
  let timer = setTimeout(events.silent, LOADED_WITHIN_MS);
  let answered = false;

  const hear = (data: unknown, nonce: string): void => {
    const said = fieldsOf(data);
    if (said["type"] === "ready" && said["nonce"] === nonce) {
      clearTimeout(timer);
      answered = ready = true;
      events.ready();
    }
    if (!ready) return;
    if (said["type"] === "height" && Number.isFinite(said["px"])) events.height(said["px"] as number);
    if (said["type"] === "close") events.close();
    const result = said["type"] === "result" ? resultOf(data) : null;
    if (result) events.result(result);
  };

  // Each document of the frame gets a port of its own: a frame that reloads itself is told again what it is for.
  const loaded = (): void => {
    port?.close();
    ready = false;
    if (!answered) {
      clearTimeout(timer);
      timer = setTimeout(events.silent, READY_WITHIN_MS);
    }
    const nonce = randomText();
    const channel = new MessageChannel();
    port = channel.port1;
    port.addEventListener("message", ({ data }: MessageEvent<unknown>) => hear(data, nonce));
    port.start();
    const handshake: Handshake = { tillway: 1, nonce };
    // To this origin and no other: whoever else came to stand in the frame gets nothing.
    frame.contentWindow?.postMessage(handshake, origin, [channel.port2]);
    port.postMessage(open);
  };
  frame.addEventListener("load", loaded);

  return {
    askToClose() {
      if (ready) port?.postMessage({ type: "close" });
      return ready;
    },
    end() {
      clearTimeout(timer);
      frame.removeEventListener("load", loaded);
      port?.close();
    },
  };
}

/** Not `randomUUID`: a shop on a developer's own network has no TLS. */
function randomText(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-").padStart(16, "0");
}
