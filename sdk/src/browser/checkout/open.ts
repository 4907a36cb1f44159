/** Opens a checkout in the shop's page, and sees to it that each callback is called once and agrees with the promise. */
import { makeLayer, type Layer } from "./layer.ts";
import { linkTo } from "./link.ts";
import type { CheckoutResult } from "./messages.ts";
import { containerOf, frameUrl, type CheckoutHandle, type CheckoutOptions } from "./options.ts";

interface Running {
  readonly handle: CheckoutHandle;
  readonly layer: Layer;
  readonly modal: boolean;
}

/** By address of the frame and order: an impatient shopper presses twice, and sees one checkout. */
const running = new Map<string, Running>();

/** Throws `CheckoutError`. An order's checkout that is open already is the one that is returned. */
export function open(options: CheckoutOptions): CheckoutHandle {
  const { mode = "modal" } = options;
  const url = frameUrl(options);
  const parent = mode === "inline" ? containerOf(options) : document.body;
  const name = `${url.href} ${options.orderId}`;
  for (const [other, { handle, layer, modal }] of running) {
    if (!layer.inPage()) handle.destroy();
    else if (other === name) return handle;
    else if (modal && mode === "modal") handle.close();
  }
  const made = start({ ...options, mode }, url, parent, () => running.delete(name));
  running.set(name, made);
  return made.handle;
}

type Started = CheckoutOptions & { readonly mode: "modal" | "inline" };

function start(options: Started, url: URL, parent: Element, ended: () => void): Running {
  const { key, orderId, clientSecret, sessionId, locale, mode, onSuccess, onFailure, onClose } = options;
  let resolve: ((result: CheckoutResult) => void) | null;
  const result = new Promise<CheckoutResult>((done) => (resolve = done));

  const settle = (given: CheckoutResult, call: (() => void) | null): void => {
    if (resolve === null) return;
    resolve(given);
    resolve = null;
    if (call) safely(call);
  };
  let open = true;
  const end = (call?: () => void): void => {
    if (!open) return;
    open = false;
    link.end();
    layer.remove();
    ended();
    settle({ status: "closed", paymentId: null, error: null }, null);
    if (call) safely(call);
  };
  const close = (): void => end(onClose);
  const layer = makeLayer({ mode, parent, url, locale, leave: () => link.askToClose() || close(), gone: close });
  const link = linkTo(
    layer.frame,
    url.origin,
    { type: "open", key, orderId, clientSecret, sessionId, locale, mode },
    {
      ready: layer.shown,
      height: layer.height,
      result: (given) => settle(given, () => (given.status === "succeeded" ? onSuccess : onFailure)?.(given)),
      close,
      silent() {
        const given: CheckoutResult = { status: "failed", paymentId: null, error: unreachable(url) };
        settle(given, () => onFailure?.(given));
        close();
      },
    },
  );
  return { handle: { result, close, destroy: () => end() }, layer, modal: mode === "modal" };
}

/** One code for all of it: no browser tells a page why a frame stayed empty. */
function unreachable({ origin }: URL) {
  return {
    code: "checkout_unreachable",
    message: `The checkout of ${origin} did not answer. Either it can't be reached, or ${location.origin} is not among the origins that may show it, or this page's Content-Security-Policy has no frame-src for it.`,
  };
}

/** A fault of the shop's is reported as one, and stops nothing of ours. */
function safely(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}
