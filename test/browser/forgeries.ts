/** Scripts that the tests run in a page: to watch it, and to forge messages in it. */

/** Before any script of the page. */
export const WATCH = `
globalThis.listened = [];
globalThis.before = new Set(Object.keys(globalThis).filter((name) => name !== "listened"));
for (const target of [Window, Document, Element]) {
  const add = EventTarget.prototype.addEventListener;
  target.prototype.addEventListener = function (type, ...rest) {
    if (!(this instanceof Element)) listened.push(type);
    return add.call(this, type, ...rest);
  };
}`;

/** Thirty messages in the shop's own window, and twenty handshakes to the frame. */
export const FORGE = `(() => {
  // Not among window.frames, so another frame of the page does not even find it.
  if (window.frames.length > 0) throw new Error("the frame can be found");
  const frame = document.querySelector("body > div:last-of-type").shadowRoot.querySelector("iframe").contentWindow, made = [{ type: "result", status: "succeeded", paymentId: "pay_forged", error: null }, { type: "close", typed: false }, { type: "ready", nonce: "0".repeat(32) }];
  for (let n = 0; n < 30; n++) window.postMessage(made[n % 3], "*");
  for (let n = 0; n < 20; n++) {
    const { port1, port2 } = new MessageChannel();
    frame.postMessage({ tillway: 1, nonce: "f".repeat(32) }, "*", [port2]);
    port1.postMessage({ type: "open", key: "pk_test_shop", orderId: "ord_forged", clientSecret: "x", mode: "modal" });
  }
})()`;

export const FORGE_FROM_A_FRAME = `(() => {
  for (let n = 0; n < 10; n++) {
    parent.postMessage({ type: "result", status: "succeeded", paymentId: "pay_forged", error: null }, "*");
    for (let at = 0; at < parent.frames.length; at++) parent.frames[at].postMessage({ tillway: 1, nonce: "f".repeat(32) }, "*", [new MessageChannel().port2]);
  }
})()`;
