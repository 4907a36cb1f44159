export * from "../cjs/dist/webhooks/next.js";
