/** What all shops here do on their server: the price and the secret stay there, and so does the question whether it was paid. */
import { createServer } from "node:http";
import { Tillway } from "@tillway/sdk";

const { TILLWAY_KEY: key, TILLWAY_SECRET: secret, TILLWAY_URL, CHECKOUT_URL, PORT } = process.env;
if (!key || !secret) {
  console.error("TILLWAY_KEY and TILLWAY_SECRET are not set: pk_test_… and sk_test_…, printed by `npm start`.");
  process.exit(1);
}
const tillway = new Tillway({ key, secret, baseUrl: TILLWAY_URL ?? "http://localhost:8000" });
const checkoutUrl = CHECKOUT_URL ?? "http://localhost:3001";
const port = Number(PORT ?? 4000);

/** Nothing but the shop's own scripts and the checkout; nothing inline. */
const policy = `default-src 'none'; script-src 'self' ${checkoutUrl}; frame-src ${checkoutUrl}; connect-src 'self'; img-src data:; base-uri 'none'`;

/** @param {readonly string[]} scripts */
const page = (scripts) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>Tea shop</title>
${scripts.map((src) => `<script defer src="${src}"></script>`).join("\n")}
</head>
<body><main id="app"></main></body>
</html>`;

/**
 * @param {{ readonly script: string, readonly loader?: boolean }} shop `script`: of its page;
 *   `loader`: whether the page takes the checkout's own script, and does not bring it in a bundle
 */
export function openShop({ script, loader = false }) {
  const html = page([...(loader ? [`${checkoutUrl}/checkout.js`] : []), "/page.js"]);

  /** @param {string} at @returns {Promise<{ type: string, body: string } | null>} */
  async function answer(at) {
    if (at === "GET /") return { type: "text/html", body: html };
    if (at === "GET /page.js") return { type: "text/javascript", body: script };
    if (at === "POST /orders") {
      const { id, client_secret } = await tillway.orders.create({ amount: 49_900, currency: "INR" });
      return json({ key, checkoutUrl, orderId: id, clientSecret: client_secret });
    }
    const [, id] = /^GET \/orders\/(ord_\w+)$/.exec(at) ?? [];
    return id === undefined ? null : json({ status: (await tillway.orders.get(id)).status });
  }

  createServer(({ method, url }, response) => {
    void answer(`${method} ${url}`)
      .catch((error) => console.error(error))
      .then((found) => {
        const headers = { "content-type": `${found?.type ?? "text/plain"}; charset=utf-8`, "content-security-policy": policy };
        response.writeHead(found ? 200 : found === null ? 404 : 500, headers).end(found?.body);
      });
  }).listen(port, "127.0.0.1", () => console.log(`listening on http://localhost:${port}`));
}

/** @param {object} value */
function json(value) {
  return { type: "application/json", body: JSON.stringify(value) };
}
