export { tillwayWebhook } from "../cjs/dist/webhooks/hono.js";
