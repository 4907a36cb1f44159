/** How somebody becomes signed in: the bound on tries, the password, the second factor, and then the session with its cookie. */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { addressOf } from "../api/wrong-tries.ts";
import { TillwayError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Ms } from "../core/model.ts";
import type { PersonRow, Signed } from "../core/ports/people.ts";
import { iso } from "../core/represent.ts";
import { personWho, signedIn } from "./authenticator.ts";
import { keepCookie, newToken, tokenHashIn, tokenHashOf } from "./cookies.ts";
import type { DashboardDeps } from "./deps.ts";
import { csrfTokenOf } from "./forgery.ts";
import { recoveryHashOf, stepOf } from "./totp.ts";

/** However busy it is. */
export const SESSION_MS = 12 * 3_600_000;
/** Of the proof that somebody has just given the right password. */
const CHALLENGE_MS = 5 * 60_000;
/** PCI DSS 8.3.4. */
const TRIES_MAX = 10;
const TRIES_WINDOW_MS = 30 * 60_000;
const USER_AGENT_CHARS_MAX = 300;

/**
 * Counts this try before it is made, and forgets it if it was right. Who tries what is kept as a hash: people type passwords into the
 * wrong field. Throws `TillwayError` too_many_tries, and wrong_credentials if the answer is null.
 */
export async function bounded<Found>(
  deps: DashboardDeps,
  request: FastifyRequest,
  { of, look }: { readonly of: string; readonly look: () => Promise<Found | null> },
): Promise<Found> {
  const [address, subject] = [`address ${addressOf(request)}`, `person ${of}`].map((text) => hash("sha256", text, "hex")) as [
    string,
    string,
  ];
  const now = deps.flows.clock.now();
  const bound = { now, max: TRIES_MAX, windowMs: TRIES_WINDOW_MS };
  // One after the other: from an address that is locked out nobody else can be, and no rows are made.
  for (const each of [address, subject]) {
    const until = await deps.people.takeTry([each], bound);
    if (until !== null) throw new TillwayError("too_many_tries", { retryAfterMs: until - now });
  }
  const found = await look().catch(async (error: unknown) => {
    // Too busy to look, or no database: it was none.
    for (const each of [address, subject]) await deps.people.giveTryBack(each).catch(() => undefined);
    throw error;
  });
  if (found === null) throw new TillwayError("wrong_credentials");
  await deps.people.forgetTries([subject]);
  // Others who share the address have not been right.
  await deps.people.giveTryBack(address);
  return found;
}

/** The person with this address and password. It takes as long without such a person. */
export function byPassword(
  deps: DashboardDeps,
  request: FastifyRequest,
  { email, password }: { readonly email: string; readonly password: string },
) {
  return bounded(deps, request, {
    of: email.toLowerCase(),
    look: async () => {
      const person = await deps.people.byEmail(email);
      const isRight = await deps.passwords.isRight(password, person?.passwordHash ?? null, addressOf(request));
      return isRight ? person : null;
    },
  });
}

/** The person whom a challenge and a code show. Throws `TillwayError` wrong_credentials. */
export async function byCode(
  deps: DashboardDeps,
  request: FastifyRequest,
  { challenge, code }: { readonly challenge: string; readonly code: string },
) {
  const { people, flows, signingKey } = deps;
  const [personId = "", until = ""] = challenge.split(".");
  const person = await people.byId(personId);
  const isOurs = person !== null && isSame(challenge, challengeOf(signingKey, person, Number(until)));
  if (!isOurs || Number(until) < flows.clock.now())
    throw new TillwayError("wrong_credentials", { message: "This took too long. Sign in with your password again." });
  return bounded(deps, request, {
    of: `code ${personId}`,
    look: async () => ((await usesCode({ ...deps, people: people.by(personWho(request, person)) }, person, code)) ? person : null),
  });
}

/**
 * Throws `TillwayError` missing_field where the other one of the two is needed, and wrong_credentials. A password is not enough beside a second
 * factor: whoever found it would be the one who is asked.
 */
export async function confirm(
  deps: DashboardDeps,
  request: FastifyRequest,
  { code, password }: { readonly code?: string | undefined; readonly password?: string | undefined },
): Promise<void> {
  const person = (await deps.people.byId(signedIn(request).person.id))!;
  const needed = person.totp === null ? "password" : "code";
  const given = needed === "password" ? password : code;
  if (given === undefined) throw new TillwayError("missing_field", { param: needed });
  const isRight = () =>
    needed === "password"
      ? deps.passwords.isRight(given, person.passwordHash, addressOf(request))
      : usesCode({ ...deps, people: deps.people.by(personWho(request, person)) }, person, given);
  const of = needed === "password" ? person.email.toLowerCase() : `code ${person.id}`;
  await bounded(deps, request, { of, look: async () => ((await isRight()) ? person : null) });
}

async function usesCode({ people, flows }: DashboardDeps, { id, totp }: PersonRow, code: string): Promise<boolean> {
  if (totp === null) return false;
  const step = stepOf(totp, code, flows.clock.now());
  // Of two requests with one code, one is first.
  if (step !== null) return people.useStep(id, step);
  const recovery = recoveryHashOf(id, code);
  return recovery !== null && people.useRecovery(id, recovery);
}

export function newChallenge({ signingKey, flows }: DashboardDeps, person: PersonRow): string {
  return challengeOf(signingKey, person, flows.clock.now() + CHALLENGE_MS);
}

/** Ends with the password that it was given for. */
function challengeOf(key: Uint8Array, { id, passwordHash }: PersonRow, until: Ms): string {
  const mac = createHmac("sha256", key)
    .update(JSON.stringify(["challenge", id, until, passwordHash]))
    .digest("base64url");
  return `${id}.${until}.${mac}`;
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A new session each time, in the place of the one that this browser had. @returns what the answer shows */
export async function startSession(deps: DashboardDeps, request: FastifyRequest, reply: FastifyReply, personId: string): Promise<object> {
  const { people, flows, idleMs } = deps;
  const now = flows.clock.now();
  const before = tokenHashIn(request);
  const replaced = before === null ? null : await people.signed(before, null, { now, idleMs });
  const token = newToken();
  const session = {
    id: newId("ses", now, flows.random.bytes(16)),
    personId,
    tokenHash: tokenHashOf(token),
    address: addressOf(request),
    userAgent: String(request.headers["user-agent"] ?? "").slice(0, USER_AGENT_CHARS_MAX),
    startedAt: now,
    expiresAt: now + SESSION_MS,
  };
  await people.startSession(session, replaced?.session.id);
  keepCookie(reply, token, SESSION_MS);
  const signed = await people.signed(session.tokenHash, null, { now, idleMs });
  return sessionShown(deps, signed!, session.tokenHash);
}

export async function sessionShown(deps: DashboardDeps, { person, session }: Signed, tokenHash: string): Promise<object> {
  const { people, signingKey, flows } = deps;
  const merchants = await people.memberships(person.id);
  const { id, email, name, hasTotp, isOperator } = person;
  return {
    object: "session",
    person: { id, email, name, has_totp: hasTotp, is_operator: isOperator },
    csrf_token: csrfTokenOf(signingKey, tokenHash),
    merchants: merchants.map(({ merchantId, merchantName, role }) => ({ id: merchantId, name: merchantName, role })),
    expires_at: iso(session.expiresAt),
    is_restoring: flows.restores?.isOpen() ?? false,
  };
}
