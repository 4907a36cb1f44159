/** The merchants' API. Changes are made by flows, lists and details come from reads. */
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { App } from "../http/app.ts";
import type { ApiDeps } from "./deps.ts";
import { openapiOptions, openapiRoute, type DocumentParts } from "./openapi.ts";
import { analyticsPointSchema, analyticsRoutes, analyticsSchema, analyticsSeriesSchema } from "./routes/analytics.ts";
import { indexRoute } from "./routes/about.ts";
import { cardFieldsRoutes, cardFieldsSchema } from "./routes/card-fields.ts";
import { adminActionListSchema, adminActionRoutes, adminActionShown } from "./routes/admin-actions.ts";
import { caseRoutes, caseListSchema, caseResolutionsSchema, caseSchema } from "./routes/cases.ts";
import { auditHeadShown, auditRoutes } from "./routes/audit.ts";
import { accountListSchema, accountShown, connectorAccountRoutes } from "./routes/connector-accounts.ts";
import { checkoutSessionRoutes, checkoutSessionSchema } from "./routes/checkout-sessions.ts";
import { checkoutSettingsRoutes, checkoutSettingsSchema } from "./routes/checkout-settings.ts";
import { deadLetterActionRoutes, deadLetterActionSchema, deadLetterActionsSchema } from "./routes/dead-letter-actions.ts";
import { deadLetterGroupListSchema, deadLetterGroupRoute, deadLetterGroupSchema } from "./routes/dead-letter-groups.ts";
import { deadLetterListSchema, deadLetterRoutes, deadLetterSchema } from "./routes/dead-letters.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { docsRoutes } from "./routes/docs.ts";
import { capturedEmailRoutes, emailSettingsRoutes, emailSettingsSchema } from "./routes/email-settings.ts";
import { emailsPageRoutes } from "./routes/emails-page.ts";
import { eventListSchema, eventRoutes, eventSchema } from "./routes/events.ts";
import { gatewayWebhookRoutes } from "./routes/gateway-webhooks.ts";
import { healthRoutes, liveSchema, readySchema } from "./routes/health.ts";
import { invariantListSchema, invariantRoutes, invariantShown } from "./routes/invariants.ts";
import { keyListSchema, keyRoutes, keyShown } from "./routes/keys.ts";
import { merchantListSchema, merchantRoutes, merchantShown } from "./routes/merchants.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { orderListSchema, orderRoutes, orderSchema } from "./routes/orders.ts";
import { methodShown, paymentMethodListSchema, paymentMethodRoutes } from "./routes/payment-methods.ts";
import { paymentLinkRoutes } from "./routes/payment-links.ts";
import { paymentRoutes } from "./routes/payments.ts";
import { refundRoutes } from "./routes/refunds.ts";
import { routingExplanationSchema, routingRoutes, routingRulesSchema } from "./routes/routing-rules.ts";
import { searchResultListSchema, searchResultShown, searchRoutes } from "./routes/search.ts";
import { sampleDataRoutes } from "./routes/sample-data.ts";
import { settingsRoutes, settingsSchema } from "./routes/settings.ts";
import { sweepRoutes, sweepShown } from "./routes/sweeps.ts";
import { testRoutes } from "./routes/test-mode.ts";
import { requestRoutes, requestShown } from "./routes/requests.ts";
import { webhookEndpointRoutes, endpointSchema } from "./routes/webhook-endpoint.ts";
import { deletedEndpointSchema, endpointListSchema, webhookEndpointsRoutes } from "./routes/webhook-endpoints.ts";
import { webhookTestSchema } from "./schemas/event.ts";
import { paymentsCsvRoute } from "./routes/payments-csv.ts";
import { connectorHealthListSchema, connectorHealthRoute, healthShown } from "./routes/connector-health.ts";
import { connectorListSchema, connectorRoutes, connectorSchema } from "./routes/connectors.ts";
import { overviewRoute, overviewSchema, overviewVolumeSchema } from "./routes/overview.ts";
import { queueListSchema, queueRoutes, queueShown } from "./routes/queues.ts";
import { timelineRoutes, timelineSchema } from "./routes/timeline.ts";
import { readVersions } from "./versions/request.ts";
import { errorSchema } from "./schemas/common.ts";
import { deliveryListSchema, deliveryShown, recoverySchema } from "./schemas/delivery.ts";
import { paymentLinkListSchema, paymentLinkSchema } from "./schemas/payment-link.ts";
import { paymentListSchema, paymentSchema, refundListSchema, refundSchema } from "./schemas/payment.ts";

/** Adds all routes and the document that describes them. The app's authenticator decides who may call them. */
export async function mount(app: App, deps: ApiDeps): Promise<void> {
  await mountRoutes(app, deps);
  if (deps.emails) emailsPageRoutes(app, deps, deps.emails);
  metricsRoutes(app, deps.metrics ?? null);
  indexRoute(app, deps);
  docsRoutes(app, deps.siteFolder);
  await app.register(async (context) => gatewayWebhookRoutes(context.withTypeProvider<TypeBoxTypeProvider>(), deps));
}

/** What a worker shows, which takes no requests: whether it lives and can work, and its figures. */
export function mountWorker(app: App, deps: ApiDeps): void {
  // No caller here asks by an older version of the API.
  app.decorateRequest("older", null);
  for (const schema of [liveSchema, readySchema]) app.addSchema(schema);
  healthRoutes(app, deps);
  metricsRoutes(app, deps.metrics ?? null);
}

/** Those that are about a merchant's rows, for whoever the app's authenticator knows, and the document. */
export async function mountRoutes(app: App, deps: ApiDeps, own?: DocumentParts): Promise<void> {
  for (const schema of sharedSchemas) app.addSchema(schema);
  readVersions(app, deps.flows.versions);
  await app.register(swagger, openapiOptions(deps.version, deps.flows.versions.known, own));
  paymentRoutes(app, deps);
  paymentsCsvRoute(app, deps);
  paymentMethodRoutes(app, deps);
  cardFieldsRoutes(app, deps);
  orderRoutes(app, deps);
  checkoutSessionRoutes(app, deps);
  checkoutSettingsRoutes(app, deps);
  paymentLinkRoutes(app, deps);
  timelineRoutes(app, deps);
  refundRoutes(app, deps);
  eventRoutes(app, deps);
  webhookEndpointRoutes(app, deps);
  webhookEndpointsRoutes(app, deps);
  deliveryRoutes(app, deps);
  caseRoutes(app, deps);
  deadLetterRoutes(app, deps);
  deadLetterGroupRoute(app, deps);
  deadLetterActionRoutes(app, deps);
  queueRoutes(app, deps);
  invariantRoutes(app, deps);
  analyticsRoutes(app, deps);
  overviewRoute(app, deps);
  requestRoutes(app, deps);
  searchRoutes(app, deps);
  keyRoutes(app, deps);
  connectorRoutes(app, deps);
  connectorHealthRoute(app, deps);
  connectorAccountRoutes(app, deps);
  merchantRoutes(app, deps);
  settingsRoutes(app, deps);
  routingRoutes(app, deps);
  sweepRoutes(app, deps);
  adminActionRoutes(app, deps);
  auditRoutes(app, deps);
  emailSettingsRoutes(app, deps);
  if (deps.emails) capturedEmailRoutes(app, deps.emails);
  sampleDataRoutes(app, deps);
  if (deps.test) testRoutes(app, deps, deps.test);
  healthRoutes(app, deps);
  openapiRoute(app);
}

const sharedSchemas = [
  auditHeadShown.schema,
  adminActionShown.schema,
  adminActionListSchema,
  errorSchema,
  requestShown.schema,
  searchResultShown.schema,
  searchResultListSchema,
  paymentSchema,
  paymentListSchema,
  methodShown.schema,
  paymentMethodListSchema,
  cardFieldsSchema,
  timelineSchema,
  orderSchema,
  orderListSchema,
  checkoutSessionSchema,
  checkoutSettingsSchema,
  paymentLinkSchema,
  paymentLinkListSchema,
  refundSchema,
  refundListSchema,
  eventSchema,
  eventListSchema,
  keyShown.schema,
  keyListSchema,
  accountShown.schema,
  accountListSchema,
  healthShown.schema,
  connectorHealthListSchema,
  connectorSchema,
  connectorListSchema,
  merchantShown.schema,
  merchantListSchema,
  settingsSchema,
  routingRulesSchema,
  routingExplanationSchema,
  sweepShown.schema,
  emailSettingsSchema,
  deliveryShown.schema,
  deliveryListSchema,
  recoverySchema,
  caseSchema,
  caseListSchema,
  caseResolutionsSchema,
  deadLetterSchema,
  deadLetterListSchema,
  deadLetterGroupSchema,
  deadLetterGroupListSchema,
  deadLetterActionSchema,
  deadLetterActionsSchema,
  queueShown.schema,
  queueListSchema,
  invariantShown.schema,
  invariantListSchema,
  analyticsPointSchema,
  analyticsSeriesSchema,
  analyticsSchema,
  overviewVolumeSchema,
  overviewSchema,
  endpointSchema,
  endpointListSchema,
  deletedEndpointSchema,
  webhookTestSchema,
  liveSchema,
  readySchema,
];
