/** The first way into the dashboard of a fresh install: an invitation of the test merchant's owner, whose link is printed until it was used. */
import { newId } from "../core/ids.ts";
import { DAY_MS } from "../core/constants.ts";
import { INVITATION_MS } from "../dashboard/routes/team.ts";
import { linkTo } from "../dashboard/links.ts";
import type { Parts } from "../wire.ts";

const FIRST_OWNER = "owner@merchant.example";

/** Null: the merchant has a team. */
export async function firstSignIn({ people: { people, links, dashboardUrl }, deps }: Parts, merchantId: string): Promise<string | null> {
  if ((await people.team(merchantId)).length > 0) return null;
  const now = deps.clock.now();
  const open = (await people.openInvitations(merchantId, now)).find(({ email }) => email === FIRST_OWNER);
  // The same link at each start, and a new one before it ends.
  if (open && open.expiresAt > now + DAY_MS) return linkTo(dashboardUrl, open.id, links);
  const id = newId("inv", now, deps.random.bytes(16));
  const invitation = { id, merchantId, email: FIRST_OWNER, role: "owner" as const, isOperator: true, invitedBy: null };
  await people.invite({ ...invitation, createdAt: now, expiresAt: now + INVITATION_MS }, null);
  return linkTo(dashboardUrl, id, links);
}
