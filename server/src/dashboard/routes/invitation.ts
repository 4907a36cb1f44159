/** How an invited person becomes a member. */
import { Type } from "typebox";
import { sendText } from "../../api/caller.ts";
import { errorAnswers, shows, strict } from "../../api/schemas/common.ts";
import { addressOf } from "../../api/wrong-tries.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Invitation, PersonRow } from "../../core/ports/people.ts";
import type { App } from "../../http/app.ts";
import { personWho } from "../authenticator.ts";
import type { DashboardDeps } from "../deps.ts";
import { refuseWeak } from "../passwords.ts";
import { linkTokenIn, nameIn, passwordIn, refuseMisshapen, tags } from "../schemas.ts";
import { byPassword, newChallenge, startSession } from "../sign-in.ts";

export function invitationRoutes(api: App, deps: DashboardDeps): void {
  const { people, flows } = deps;
  const config = { needsNoCsrfToken: true };
  const find = async (token: string): Promise<Invitation> => {
    const id = deps.links.opens("inv", token);
    const found = id === null ? null : await people.invitation(id);
    if (found === null || found.usedAt !== null || found.revokedAt !== null || found.expiresAt <= flows.clock.now())
      throw new TillwayError("link_ended");
    return found;
  };
  api.post("/v1/session/invitation", { config, schema: schemas.show }, async (request, reply) => {
    const { email, merchantId, merchantName, role } = await find(request.body.token);
    const person = await people.byEmail(email);
    const merchant = { id: merchantId, name: merchantName };
    const shown = { object: "invitation", email, merchant, role, has_password: person !== null && person.passwordHash !== null };
    return sendText(reply, 200, JSON.stringify(shown));
  });
  api.post("/v1/session/invitation/accept", { config, schema: schemas.accept }, async (request, reply) => {
    const { token, password, name } = request.body;
    if (name !== undefined) refuseMisshapen("name", name);
    const { id, email } = await find(token);
    const accept = async (person: Pick<PersonRow, "id" | "name" | "passwordHash">) => {
      const done = await people.by(personWho(request, { id: person.id, email })).accept(id, person, flows.clock.now());
      if (done === "ended") throw new TillwayError("link_ended");
      return done;
    };
    const known = await people.byEmail(email);
    if (known === null) {
      refuseWeak(password, [email, name ?? ""]);
      const personId = newId("per", flows.clock.now(), flows.random.bytes(16));
      const passwordHash = await deps.passwords.hash(password, addressOf(request));
      const done = await accept({ id: personId, name: name ?? email.split("@", 1)[0]!.slice(0, 100), passwordHash });
      if (done === "accepted") return sendText(reply, 200, JSON.stringify(await startSession(deps, request, reply, personId)));
      // Another invitation of this address was accepted in the same moment: it is somebody's by now, and its password is asked for.
    }
    const person = await byPassword(deps, request, { email, password });
    await accept(person);
    // The link does not stand for the second factor.
    if (person.totp !== null)
      return sendText(reply, 200, JSON.stringify({ object: "second_factor", challenge: newChallenge(deps, person) }));
    return sendText(reply, 200, JSON.stringify(await startSession(deps, request, reply, person.id)));
  });
}

const schemas = {
  show: {
    operationId: "getInvitation",
    summary: "What a link invites to",
    description: "The token is in the body, so that no log has it.",
    tags,
    security: [],
    body: strict({ token: linkTokenIn }),
    response: { 200: shows("Invitation", "The invitation."), ...errorAnswers("delete", ["link_ended", "cross_site_request"]) },
  },
  accept: {
    operationId: "acceptInvitation",
    summary: "Accept an invitation",
    description: "Sets the password of somebody new; somebody who has one gives that. With a second factor the answer is its challenge.",
    tags,
    security: [],
    body: strict({ token: linkTokenIn, name: Type.Optional(nameIn), password: passwordIn }),
    response: {
      200: Type.Union([Type.Ref("Session#"), Type.Ref("SecondFactor#")], { description: "The session, or the challenge." }),
      ...errorAnswers("delete", ["link_ended", "weak_password", "wrong_credentials", "too_many_tries", "cross_site_request"]),
    },
  },
} as const;
