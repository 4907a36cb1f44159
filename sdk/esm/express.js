export { tillwayWebhook } from "../cjs/dist/webhooks/express.js";
