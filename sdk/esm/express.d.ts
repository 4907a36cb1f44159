export * from "../cjs/dist/webhooks/express.js";
