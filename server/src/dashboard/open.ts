/** What the dashboard is made of beside the API's parts, for whoever puts a process together. */
import type { ApiDeps } from "../api/deps.ts";
import type { PeopleMail } from "../flows/deps.ts";
import type { AppDeps } from "../http/app.ts";
import { createDashboardApp } from "./app.ts";
import type { DashboardDeps } from "./deps.ts";
import { linkTo, linkTokens } from "./links.ts";
import { passwords } from "./passwords.ts";

/** People, the links that they are sent, and how both are used. */
export type WhoSignsIn = Pick<DashboardDeps, "people" | "links" | "dashboardUrl" | "idleMs" | "signingKey">;

/** @param keyFor a key of its own for each purpose, the same in every process */
export function whoSignsIn(
  given: Pick<DashboardDeps, "people" | "dashboardUrl" | "idleMs">,
  keyFor: (purpose: string) => Uint8Array,
): WhoSignsIn {
  return { ...given, links: linkTokens(keyFor("tillway people link v1")), signingKey: keyFor("tillway dashboard v1") };
}

/** What their e-mails are made of. */
export function mailTo({ people, links, dashboardUrl }: WhoSignsIn): PeopleMail {
  return { invitation: people.invitation, reset: people.reset, linkTo: (id) => linkTo(dashboardUrl, id, links) };
}

/** @param frame that of the API */
export function openDashboard(who: WhoSignsIn, api: ApiDeps & Pick<DashboardDeps, "pageFolder">, frame: AppDeps) {
  return createDashboardApp({ ...frame, apiVersion: api.flows.versions.current }, { ...api, ...who, passwords: passwords() });
}
