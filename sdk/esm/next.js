export { tillwayWebhook } from "../cjs/dist/webhooks/next.js";
