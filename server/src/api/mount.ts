/** The merchants' API. Changes are made by flows, lists and details come from reads. */
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { App } from "../http/app.ts";
import type { ApiDeps } from "./deps.ts";
import { openapiOptions, openapiRoute } from "./openapi.ts";
import { errorDocsRoute, indexRoute } from "./routes/about.ts";
import { caseRoutes, caseListSchema, caseSchema } from "./routes/cases.ts";
import { deadLetterListSchema, deadLetterRoutes, deadLetterSchema } from "./routes/dead-letters.ts";
import { deliveryRoutes, deliveryListSchema, deliveryShown, recoverySchema } from "./routes/deliveries.ts";
import { eventListSchema, eventRoutes, eventSchema } from "./routes/events.ts";
import { gatewayWebhookRoutes } from "./routes/gateway-webhooks.ts";
import { healthRoutes, liveSchema, readySchema } from "./routes/health.ts";
import { keyListSchema, keyRoutes, keyShown } from "./routes/keys.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { orderListSchema, orderRoutes, orderSchema } from "./routes/orders.ts";
import { paymentRoutes } from "./routes/payments.ts";
import { refundRoutes } from "./routes/refunds.ts";
import { testRoutes } from "./routes/test-mode.ts";
import { requestRoutes, requestShown } from "./routes/requests.ts";
import { webhookEndpointRoutes, endpointSchema } from "./routes/webhook-endpoint.ts";
import { deletedEndpointSchema, endpointListSchema, webhookEndpointsRoutes } from "./routes/webhook-endpoints.ts";
import { webhookTestSchema } from "./schemas/event.ts";
import { timelineRoutes, timelineSchema } from "./routes/timeline.ts";
import { errorSchema } from "./schemas/common.ts";
import { paymentListSchema, paymentSchema, refundListSchema, refundSchema } from "./schemas/payment.ts";

/** Adds all routes and the document that describes them. The app's authenticator decides who may call them. */
export async function mount(app: App, deps: ApiDeps): Promise<void> {
  for (const schema of sharedSchemas) app.addSchema(schema);
  await app.register(swagger, openapiOptions(deps.version));
  paymentRoutes(app, deps);
  orderRoutes(app, deps);
  timelineRoutes(app, deps);
  refundRoutes(app, deps);
  eventRoutes(app, deps);
  webhookEndpointRoutes(app, deps);
  webhookEndpointsRoutes(app, deps);
  deliveryRoutes(app, deps);
  caseRoutes(app, deps);
  deadLetterRoutes(app, deps);
  requestRoutes(app, deps);
  keyRoutes(app, deps);
  if (deps.test) testRoutes(app, deps, deps.test);
  healthRoutes(app, deps);
  metricsRoutes(app, deps.metrics ?? null);
  openapiRoute(app);
  indexRoute(app, deps);
  errorDocsRoute(app);
  await app.register(async (context) => gatewayWebhookRoutes(context.withTypeProvider<TypeBoxTypeProvider>(), deps));
}

const sharedSchemas = [
  errorSchema,
  requestShown.schema,
  paymentSchema,
  paymentListSchema,
  timelineSchema,
  orderSchema,
  orderListSchema,
  refundSchema,
  refundListSchema,
  eventSchema,
  eventListSchema,
  keyShown.schema,
  keyListSchema,
  deliveryShown.schema,
  deliveryListSchema,
  recoverySchema,
  caseSchema,
  caseListSchema,
  deadLetterSchema,
  deadLetterListSchema,
  endpointSchema,
  endpointListSchema,
  deletedEndpointSchema,
  webhookTestSchema,
  liveSchema,
  readySchema,
];
