export * from "../cjs/dist/webhooks/fastify.js";
