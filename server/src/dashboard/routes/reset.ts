/** Another password for somebody who has lost it. */
import type { FastifyRequest } from "fastify";
import { sendText } from "../../api/caller.ts";
import { errorAnswers, shows, strict } from "../../api/schemas/common.ts";
import { addressOf, buckets } from "../../api/wrong-tries.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { App } from "../../http/app.ts";
import { personWho } from "../authenticator.ts";
import type { DashboardDeps } from "../deps.ts";
import { letterJob, NO_MERCHANT } from "../letters.ts";
import { refuseWeak } from "../passwords.ts";
import { emailIn, linkTokenIn, newPasswordIn, tags } from "../schemas.ts";

/** How long the link works. */
export const RESET_MS = 3_600_000;
/** E-mails that an address of the network, and an address of e-mail, may cause: some at once, and one more every ten minutes. */
const LETTERS_AT_ONCE = 5;
const LETTERS_PER_MS = 1 / 600_000;

export function resetRoutes(api: App, deps: DashboardDeps): void {
  const { people, flows } = deps;
  const config = { needsNoCsrfToken: true };
  const [callers, recipients] = [buckets(LETTERS_AT_ONCE, LETTERS_PER_MS), buckets(LETTERS_AT_ONCE, LETTERS_PER_MS)];
  const isWithin = (request: FastifyRequest, email: string): boolean =>
    callers.take(addressOf(request), flows.clock.now()) && recipients.take(email.toLowerCase(), flows.clock.now());
  const start = async (email: string): Promise<void> => {
    const person = await people.byEmail(email);
    const [membership] = person === null ? [] : await people.memberships(person.id);
    if (person === null) return;
    const now = flows.clock.now();
    const id = newId("rst", now, flows.random.bytes(16));
    await people.startReset(
      { id, personId: person.id, createdAt: now, expiresAt: now + RESET_MS },
      // Of somebody in no team it belongs to no merchant, whose people could see it.
      letterJob(membership?.merchantId ?? NO_MERCHANT, id, now),
    );
    flows.queue.hint(["webhook-queue"]);
  };
  api.post("/v1/password-resets", { config, schema: schemas.start }, async (request, reply) => {
    const { email } = request.body;
    // After the answer, which must not tell by its time whether there is such a person.
    if (isWithin(request, email))
      void flows.track(start(email).catch((error: unknown) => flows.log.warn({ error: String(error) }, "a password reset was not begun")));
    return sendText(reply, 202, "{}");
  });
  api.post("/v1/password-resets/use", { config, schema: schemas.use }, async (request, reply) => {
    const { token, password } = request.body;
    const id = deps.links.opens("rst", token);
    const found = id === null ? null : await people.reset(id);
    const now = flows.clock.now();
    if (found === null || found.usedAt !== null || found.expiresAt <= now) throw new TillwayError("link_ended");
    refuseWeak(password, [found.email]);
    const passwordHash = await deps.passwords.hash(password, addressOf(request));
    const whose = people.by(personWho(request, { id: found.personId, email: found.email }));
    if (!(await whose.useReset(found.id, passwordHash, now))) throw new TillwayError("link_ended");
    return sendText(reply, 200, "{}");
  });
}

const schemas = {
  start: {
    operationId: "startPasswordReset",
    summary: "Ask for another password",
    description: "The answer is the same whether or not there is such a person, who gets an e-mail.",
    tags,
    security: [],
    body: strict({ email: emailIn }),
    response: {
      202: shows("Done", "If there is such a person, an e-mail is on its way."),
      ...errorAnswers("delete", ["cross_site_request"]),
    },
  },
  use: {
    operationId: "usePasswordReset",
    summary: "Set another password by the link of an e-mail",
    description: "Ends all sessions of the person. A second factor stays.",
    tags,
    security: [],
    body: strict({ token: linkTokenIn, password: newPasswordIn }),
    response: { 200: shows("Done", "It is set."), ...errorAnswers("delete", ["link_ended", "weak_password", "cross_site_request"]) },
  },
} as const;
