export * from "../cjs/dist/webhooks/hono.js";
