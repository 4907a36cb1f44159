/** A shop at a site of its own, with a page that opens the checkout by the loader, and nothing that its policy could do without. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface CheckoutShop {
  readonly url: string;
  close(): void;
}

/** `window.heard` is what the shop was told, line by line. The query names key, order, mode, and the secret if the shop has it. */
const code = `window.heard = [];
const given = new URLSearchParams(location.search);
const told = (word) => (result) => window.heard.push([word, result.status, result.error && result.error.code].filter(Boolean).join(" "));
document.querySelector("button").addEventListener("click", () => {
  const open = (options) => given.has("secret") ? Tillway.open(options) : new PaymentGateway(options).open();
  window.opened = open({
    key: given.get("key"), orderId: given.get("order"), clientSecret: given.get("secret") ?? undefined, mode: given.get("mode"), container: "#here",
    onSuccess: told("success"), onFailure: told("failure"), onClose: () => window.heard.push("close"),
  });
});`;

/**
 * @param host `localhost` is another site than the checkout's, which is at 127.0.0.1: then the browser lets the frame keep nothing, as many do in
 * life. At 127.0.0.1 it is another origin of the same site.
 */
export async function openCheckoutShop(checkoutUrl: string, host: "localhost" | "127.0.0.1" = "localhost"): Promise<CheckoutShop> {
  const policy = `default-src 'none'; script-src 'self' ${checkoutUrl}; frame-src ${checkoutUrl}; style-src 'self'`;
  const page = `<!doctype html><html lang="en"><title>Shop</title><script src="${checkoutUrl}/checkout.js"></script>
    <script src="/shop.js" defer></script><main><h1>Shop</h1><button>Buy</button><div id="here"></div></main>`;
  const server = createServer((request, reply) => {
    const isCode = request.url === "/shop.js";
    reply.writeHead(200, { "content-type": isCode ? "text/javascript" : "text/html; charset=utf-8", "content-security-policy": policy });
    reply.end(isCode ? code : page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return { url, close: () => server.close().closeAllConnections() };
}
