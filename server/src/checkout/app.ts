/** The checkout: what shoppers' browsers reach, and nothing else of the merchants' API. See decision 0055. */
import { healthRoutes, liveSchema, readySchema } from "../api/routes/health.ts";
import { createApp, type App, type AppDeps } from "../http/app.ts";
import { connectionsMax } from "../http/request-frame.ts";
import { checkoutAuthenticator, checkoutDoor, type Door } from "./authenticator.ts";
import type { CheckoutDeps } from "./deps.ts";
import { linkRoutes } from "./links.ts";
import { openingRoute } from "./openings.ts";
import { pageRoutes } from "./pages.ts";
import { paymentRoutes } from "./payments.ts";
import { streamRoute } from "./stream.ts";
import { viewRoutes } from "./view.ts";

/** Beside the API in one process, shoppers must not take the files that merchants need. */
const CONNECTIONS_SHARE = 0.5;

/** Who comes here by hand took it for the API, or typed the address that a start prints. */
const NO_ROUTE =
  "This is the checkout, which shoppers see by a link (`tillway sessions create`) or in a shop's page (/checkout.js). The API is at another port.";

/** @param frame that of the API, with what the two must not share replaced */
export function createCheckoutApp(frame: AppDeps, deps: CheckoutDeps): ReturnType<typeof createApp> {
  const door = checkoutDoor(deps);
  const own = {
    authenticator: checkoutAuthenticator(deps, door),
    maxConnections: frame.maxConnections ?? connectionsMax() * CONNECTIONS_SHARE,
    // Each answer says what was since the last one: what one listener is told, the other would miss.
    storeMs: undefined,
    noRoute: () => NO_ROUTE,
  };
  return createApp({ ...frame, ...own }, [(app) => mountCheckout(app, deps, door)]);
}

function mountCheckout(app: App, deps: CheckoutDeps, door: Door): void {
  // The page comes with this version of Tillway, so there is no older one.
  app.decorateRequest("older", null);
  for (const schema of [liveSchema, readySchema]) app.addSchema(schema);
  healthRoutes(app, deps);
  openingRoute(app, deps, door);
  viewRoutes(app, deps);
  paymentRoutes(app, deps);
  streamRoute(app, deps);
  linkRoutes(app, deps, door);
  pageRoutes(app, deps);
}
