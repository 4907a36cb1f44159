/** The merchants' API. Nothing here writes; changes are the flows', lists the reads'. */
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { App } from "../http/app.ts";
import type { ApiDeps } from "./deps.ts";
import { openapiOptions } from "./openapi.ts";
import { caseRoutes } from "./routes/cases.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { errorDocsRoute } from "./routes/error-docs.ts";
import { gatewayWebhookRoutes } from "./routes/gateway-webhooks.ts";
import { healthRoutes } from "./routes/health.ts";
import { indexRoute } from "./routes/index.ts";
import { openapiRoute } from "./routes/openapi.ts";
import { paymentRoutes } from "./routes/payments.ts";
import { webhookEndpointRoutes } from "./routes/webhook-endpoint.ts";
import { caseListSchema, caseSchema } from "./schemas/case.ts";
import { errorSchema } from "./schemas/common.ts";
import { deliveryListSchema, deliverySchema } from "./schemas/delivery.ts";
import { liveSchema, readySchema } from "./schemas/health.ts";
import { paymentListSchema, paymentSchema } from "./schemas/payment.ts";
import { endpointSchema } from "./schemas/webhook-endpoint.ts";

/** Adds all routes and the document that describes them. Who may call them is the app's to say. */
export async function mount(app: App, deps: ApiDeps): Promise<void> {
  for (const schema of sharedSchemas) app.addSchema(schema);
  await app.register(swagger, openapiOptions(deps.version));
  paymentRoutes(app, deps);
  webhookEndpointRoutes(app, deps);
  deliveryRoutes(app, deps);
  caseRoutes(app, deps);
  healthRoutes(app, deps);
  openapiRoute(app);
  indexRoute(app, deps);
  errorDocsRoute(app);
  await app.register(async (context) => gatewayWebhookRoutes(context.withTypeProvider<TypeBoxTypeProvider>(), deps));
}

const sharedSchemas = [
  errorSchema,
  paymentSchema,
  paymentListSchema,
  deliverySchema,
  deliveryListSchema,
  caseSchema,
  caseListSchema,
  endpointSchema,
  liveSchema,
  readySchema,
];
