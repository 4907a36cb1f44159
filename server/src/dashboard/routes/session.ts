/** Signing in and out. */
import { Type } from "typebox";
import { sendText } from "../../api/caller.ts";
import { errorAnswers, shows, strict } from "../../api/schemas/common.ts";
import type { App } from "../../http/app.ts";
import { signedIn, signedInOnly } from "../authenticator.ts";
import { dropCookie, tokenHashIn } from "../cookies.ts";
import type { DashboardDeps } from "../deps.ts";
import { codeIn, emailIn, passwordIn, tags } from "../schemas.ts";
import { byCode, byPassword, confirm, newChallenge, sessionShown, startSession } from "../sign-in.ts";

export function sessionRoutes(api: App, deps: DashboardDeps): void {
  const onRequest = signedInOnly(deps);
  const config = { needsNoCsrfToken: true };
  api.get("/v1/session", { onRequest, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, JSON.stringify(await sessionShown(deps, signedIn(request), tokenHashIn(request)!))),
  );
  api.post("/v1/session", { config, schema: schemas.create }, async (request, reply) => {
    const person = await byPassword(deps, request, request.body);
    const shown =
      person.totp === null
        ? await startSession(deps, request, reply, person.id)
        : { object: "second_factor", challenge: newChallenge(deps, person) };
    return sendText(reply, 200, JSON.stringify(shown));
  });
  api.post("/v1/session/second-factor", { config, schema: schemas.secondFactor }, async (request, reply) => {
    const person = await byCode(deps, request, request.body);
    return sendText(reply, 200, JSON.stringify(await startSession(deps, request, reply, person.id)));
  });
  api.post("/v1/session/confirm", { onRequest, schema: schemas.confirm }, async (request, reply) => {
    const { session } = signedIn(request);
    await confirm(deps, request, request.body);
    await deps.people.noteConfirmed(session.id, deps.flows.clock.now());
    return sendText(reply, 200, "{}");
  });
  api.delete("/v1/session", { onRequest, schema: schemas.end }, async (request, reply) => {
    const { person, session } = signedIn(request);
    await deps.people.endSession(person.id, session.id, deps.flows.clock.now());
    dropCookie(reply);
    return sendText(reply, 200, "{}");
  });
}

const schemas = {
  get: {
    operationId: "getSession",
    summary: "Who is signed in",
    description:
      "With the token that all requests but GET and HEAD carry as `X-Csrf-Token`, and the merchants that the person is a member of.",
    tags,
    security: [{ session: [] }],
    querystring: Type.Object({}),
    response: { 200: shows("Session", "The session."), ...errorAnswers("get", []) },
  },
  create: {
    operationId: "signIn",
    summary: "Sign in",
    description: "Somebody with a second factor gets a challenge for it instead of the session.",
    tags,
    security: [],
    body: strict({ email: emailIn, password: passwordIn }),
    response: {
      200: Type.Union([Type.Ref("Session#"), Type.Ref("SecondFactor#")], { description: "The session, or the challenge." }),
      ...errorAnswers("delete", ["wrong_credentials", "too_many_tries", "cross_site_request"]),
    },
  },
  secondFactor: {
    operationId: "signInWithCode",
    summary: "Sign in with the second factor",
    description: "Each code works once.",
    tags,
    security: [],
    body: strict({ challenge: Type.String({ minLength: 1, maxLength: 200 }), code: codeIn }),
    response: {
      200: shows("Session", "The session."),
      ...errorAnswers("delete", ["wrong_credentials", "too_many_tries", "cross_site_request"]),
    },
  },
  confirm: {
    operationId: "confirmSession",
    summary: "Show once more that it is you",
    description:
      "For 15 minutes this session may then change keys, gateway accounts, endpoints and the team, and refund any amount. With a code where there is a second factor, else with the password.",
    tags,
    security: [{ session: [] }],
    body: strict({ code: Type.Optional(codeIn), password: Type.Optional(passwordIn) }),
    response: {
      200: shows("Done", "It is noted."),
      ...errorAnswers("delete", ["wrong_credentials", "too_many_tries", "csrf_token_wrong", "cross_site_request"]),
    },
  },
  end: {
    operationId: "signOut",
    summary: "Sign out",
    description: "Ends this session, at once and everywhere.",
    tags,
    security: [{ session: [] }],
    response: { 200: shows("Done", "It has ended."), ...errorAnswers("delete", ["csrf_token_wrong", "cross_site_request"]) },
  },
} as const;
