/** A merchant's team: who is in it as what, who is invited, and what the roles may do. */
import { Type } from "typebox";
import type { FastifyRequest } from "fastify";
import { pathId, sendText, whoOf } from "../../api/caller.ts";
import { errorAnswers, idParams, shows, strict } from "../../api/schemas/common.ts";
import { DAY_MS } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import { permissions, roles, type Role } from "../../core/permissions.ts";
import type { Invitation, Member, TeamChange } from "../../core/ports/people.ts";
import { iso } from "../../core/represent.ts";
import { actorOf, type App } from "../../http/app.ts";
import { signedInOnly } from "../authenticator.ts";
import type { DashboardDeps } from "../deps.ts";
import { letterJob } from "../letters.ts";
import { emailIn, refuseMisshapen, roleIn, tags } from "../schemas.ts";

/** How long the link of an invitation works. */
export const INVITATION_MS = 7 * DAY_MS;

export function teamRoutes(api: App, deps: DashboardDeps): void {
  const { people, flows } = deps;
  const [reads, writes] = [api.guard("team.read"), api.guard("team.write")];
  api.get("/v1/roles", { onRequest: signedInOnly(deps), schema: schemas.roles }, async (_request, reply) => sendText(reply, 200, ROLES));
  api.get("/v1/team", { onRequest: reads, schema: schemas.list }, async (request, reply) => {
    const { merchantId } = actorOf(request);
    const members = await people.team(merchantId);
    const invitations = await people.openInvitations(merchantId, flows.clock.now());
    return sendText(
      reply,
      200,
      JSON.stringify({ object: "list", data: members.map(memberShown), invitations: invitations.map(invitedShown) }),
    );
  });
  api.post("/v1/team/invitations", { onRequest: writes, schema: schemas.invite }, async (request, reply) => {
    const { merchantId, person } = actorOf(request);
    const { email, role } = request.body;
    refuseMisshapen("email", email);
    refuseOwners(request, role);
    const now = flows.clock.now();
    const id = newId("inv", now, flows.random.bytes(16));
    const row = {
      id,
      merchantId,
      email,
      role,
      isOperator: false,
      invitedBy: person!.email,
      createdAt: now,
      expiresAt: now + INVITATION_MS,
    };
    if ((await people.by(whoOf(request)).invite(row, letterJob(merchantId, id, now))) === "member")
      throw new TillwayError("already_member");
    flows.queue.hint(["webhook-queue"]);
    return sendText(reply, 201, JSON.stringify({ object: "team_invitation", ...invitedShown(row) }));
  });
  api.delete("/v1/team/invitations/:id", { onRequest: writes, schema: schemas.callOff }, async (request, reply) => {
    const { merchantId } = actorOf(request);
    const found = await people.invitation(pathId(request, "inv"));
    if (found?.merchantId !== merchantId) throw new TillwayError("not_found");
    refuseOwners(request, found.role);
    if (!(await people.by(whoOf(request)).revokeInvitation(merchantId, found.id, flows.clock.now()))) throw new TillwayError("link_ended");
    return sendText(reply, 200, "{}");
  });
  memberRoutes(api, deps);
}

function memberRoutes(api: App, { people }: DashboardDeps): void {
  const onRequest = api.guard("team.write");
  const found = async (request: FastifyRequest): Promise<Member> => {
    const { merchantId } = actorOf(request);
    const id = pathId(request, "per");
    const member = (await people.team(merchantId)).find(({ person }) => person.id === id);
    if (member === undefined) throw new TillwayError("not_found");
    refuseOwners(request, member.role);
    return member;
  };
  api.patch("/v1/team/members/:id", { onRequest, schema: schemas.change }, async (request, reply) => {
    const member = await found(request);
    const { role } = request.body;
    refuseOwners(request, role);
    const change = { before: member.role, after: role };
    accept(await people.by(whoOf(request)).changeRole(actorOf(request).merchantId, member.person.id, change));
    return sendText(reply, 200, JSON.stringify(memberShown({ ...member, role })));
  });
  api.delete("/v1/team/members/:id", { onRequest, schema: schemas.remove }, async (request, reply) => {
    const member = await found(request);
    accept(await people.by(whoOf(request)).removeMember(actorOf(request).merchantId, member.person.id, member.role));
    return sendText(reply, 200, "{}");
  });
}

function accept(change: TeamChange): void {
  if (change === "last_owner") throw new TillwayError("last_owner");
  if (change === "stale") throw new TillwayError("not_found", { message: "Somebody has changed or removed this member meanwhile." });
}

/** Who is owner is the owners' business. */
function refuseOwners(request: FastifyRequest, role: Role): void {
  if (role !== "owner" || actorOf(request).person?.role === "owner") return;
  throw new TillwayError("permission_denied", { message: "Only owners make, change, remove and invite owners." });
}

function memberShown({ person: { id, email, name, hasTotp }, role, since, lastSeenAt }: Member): object {
  const person = { id, email, name, has_totp: hasTotp };
  return { object: "member", person, role, since: iso(since), last_seen_at: lastSeenAt === null ? null : iso(lastSeenAt) };
}

function invitedShown({ id, email, role, invitedBy, expiresAt }: Pick<Invitation, "id" | "email" | "role" | "invitedBy" | "expiresAt">) {
  return { id, email, role, invited_by: invitedBy, expires_at: iso(expiresAt) };
}

const LABELS: Readonly<Record<Role, string>> = {
  owner: "Owner",
  admin: "Admin",
  developer: "Developer",
  support: "Support",
  read_only: "Read only",
};

const ROLES = JSON.stringify({
  object: "list",
  data: (Object.keys(roles) as Role[]).map((role) => ({
    role,
    label: LABELS[role],
    means: roles[role],
    permissions: Object.entries<{ readonly roles: readonly Role[] }>(permissions).flatMap(([name, granted]) =>
      granted.roles.includes(role) ? [name] : [],
    ),
  })),
});

const security = [{ session: [] }];
const forged = ["csrf_token_wrong", "cross_site_request", "not_found"] as const;

const schemas = {
  roles: {
    operationId: "listRoles",
    summary: "What each role may do",
    description: "The table that the guards of all routes are made of.",
    tags,
    security,
    querystring: Type.Object({}),
    response: { 200: shows("Roles", "The roles, the widest first."), ...errorAnswers("get", []) },
  },
  list: {
    operationId: "getTeam",
    summary: "Who is in the team",
    description: "With the invitations that can still be accepted.",
    tags,
    security,
    querystring: Type.Object({}),
    response: { 200: shows("Team", "The team."), ...errorAnswers("get", ["not_found"]) },
  },
  invite: {
    operationId: "invitePerson",
    summary: "Invite somebody",
    description: "By an e-mail with a link that works once, for seven days. An invitation to the same address before it ends.",
    tags,
    security,
    body: strict({ email: emailIn, role: roleIn }),
    response: { 201: shows("TeamInvitation", "The invitation."), ...errorAnswers("delete", ["already_member", ...forged]) },
  },
  callOff: {
    operationId: "revokeInvitation",
    summary: "Call an invitation off",
    description: "Its link works no more.",
    tags,
    security,
    params: idParams,
    response: { 200: shows("Done", "It has ended."), ...errorAnswers("delete", ["link_ended", ...forged]) },
  },
  change: {
    operationId: "changeRole",
    summary: "Give a member another role",
    description: "Counts from the next request on. Only owners make or change owners.",
    tags,
    security,
    params: idParams,
    body: strict({ role: roleIn }),
    response: { 200: shows("Member", "The member."), ...errorAnswers("delete", ["last_owner", ...forged]) },
  },
  remove: {
    operationId: "removeMember",
    summary: "Remove a member",
    description: "Counts from the next request on. The person stays, with whatever other teams there are.",
    tags,
    security,
    params: idParams,
    response: { 200: shows("Done", "Removed."), ...errorAnswers("delete", ["last_owner", ...forged]) },
  },
} as const;
