import { fastify } from "fastify";
import { verifyWebhook } from "@tillway/sdk";
import { tillwayWebhook } from "@tillway/sdk/fastify";
import { listening, onEvent, port, secret } from "./shop.mjs";

const app = fastify();

// Bodies stay raw on this route only; all others are parsed as before.
await app.register(tillwayWebhook, { path: "/webhooks", secret, onEvent });

// How not to do it: here Fastify has parsed the body. The answer says what to change.
app.post("/parsed", async (request) => {
  onEvent(await verifyWebhook(/** @type {string} */ (request.body), request.headers, secret));
});

await app.listen({ port, host: "127.0.0.1" });
listening();
