import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";

/** What the document says beyond the routes. */
export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tillway",
        version,
        description: "One API in front of many payment gateways.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/", description: "This server." }],
      components: {
        securitySchemes: {
          apiKey: { type: "apiKey", in: "header", name: "X-Api-Key", description: "pk_test_… or pk_live_…, together with X-Api-Secret." },
          apiSecret: { type: "apiKey", in: "header", name: "X-Api-Secret", description: "sk_test_… or sk_live_…" },
          basic: { type: "http", scheme: "basic", description: "Key as user name, secret as password." },
        },
      },
      security: [{ apiKey: [], apiSecret: [] }, { basic: [] }],
      tags: ["Payments", "Webhook endpoint", "Deliveries", "Cases", "Gateways", "Health"].map((name) => ({ name })),
    },
    // Components keep the names of their schemas instead of def-0, def-1.
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, i) => (typeof json.$id === "string" ? json.$id : `def-${i}`) },
  };
}
