export { tillwayWebhook } from "../cjs/dist/webhooks/fastify.js";
