/** The dashboard: the merchants' API for people who sign in, and the page that shows it. See decision 0061. */
import { mountRoutes } from "../api/mount.ts";
import { docsRoutes } from "../api/routes/docs.ts";
import { keptHtmlRoute } from "../api/routes/emails-page.ts";
import { createApp, type App, type AppDeps } from "../http/app.ts";
import { connectionsMax } from "../http/request-frame.ts";
import { dashboardAuthenticator } from "./authenticator.ts";
import { COOKIE } from "./cookies.ts";
import type { DashboardDeps } from "./deps.ts";
import { refuseForged } from "./forgery.ts";
import { packAnswer } from "./packing.ts";
import { pageRoutes } from "./pages.ts";
import { dashboardSchemas } from "./schemas.ts";
import { invitationRoutes } from "./routes/invitation.ts";
import { personRoutes } from "./routes/person.ts";
import { resetRoutes } from "./routes/reset.ts";
import { teamRoutes } from "./routes/team.ts";
import { sessionRoutes } from "./routes/session.ts";
import { viewRoutes } from "./routes/views.ts";

/** Beside the API in one process, people must not take the files that merchants need. */
const CONNECTIONS_SHARE = 0.25;

/** @param frame that of the API, with what the two must not share replaced */
export function createDashboardApp(frame: AppDeps, deps: DashboardDeps): ReturnType<typeof createApp> {
  const own = {
    authenticator: dashboardAuthenticator(deps),
    maxConnections: frame.maxConnections ?? connectionsMax() * CONNECTIONS_SHARE,
    // Each answer says what was since the last one: what one listener is told, the other would miss.
    storeMs: undefined,
  };
  return createApp({ ...frame, ...own }, [(app) => mountDashboard(app, deps)]);
}

/** The API's routes take the cookie here, too, with the headers Tillway-Merchant and Tillway-Mode. */
const inDocument = {
  tags: [{ name: "Dashboard", description: "For people who sign in, at the dashboard's own port only." }],
  securitySchemes: {
    session: {
      type: "apiKey",
      in: "cookie",
      name: COOKIE,
      description: "Of somebody who is signed in. What changes something carries X-Csrf-Token.",
    },
  },
} as const;

async function mountDashboard(app: App, deps: DashboardDeps): Promise<void> {
  app.decorateRequest("signed", null);
  refuseForged(app, deps);
  app.addHook("onSend", packAnswer);
  for (const schema of dashboardSchemas) app.addSchema(schema);
  await mountRoutes(app, deps, inDocument);
  sessionRoutes(app, deps);
  invitationRoutes(app, deps);
  resetRoutes(app, deps);
  personRoutes(app, deps);
  teamRoutes(app, deps);
  viewRoutes(app, deps);
  // Errors name their page in it, and the dashboard's page links to that.
  docsRoutes(app, deps.siteFolder);
  if (deps.emails) keptHtmlRoute(app, deps.emails);
  pageRoutes(app, deps.pageFolder);
}
