/** Those who sign in to the dashboard, for whoever has the master key: the way in where no e-mail leads, and out of a lost second factor. */
import { newId } from "../core/ids.ts";
import { roles, type Role } from "../core/permissions.ts";
import type { PersonRow } from "../core/ports/people.ts";
import { linkTo } from "../dashboard/links.ts";
import { RESET_MS } from "../dashboard/routes/reset.ts";
import { INVITATION_MS } from "../dashboard/routes/team.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { listed } from "./text.ts";
import { runVerb, userName, type Given, type Shown, type Verb } from "./verbs.ts";

type Option = "merchant" | "email" | "role" | "operator";

const verbs: Readonly<Record<string, Verb<Option>>> = {
  list: { run: list },
  invite: { needs: ["merchant", "email", "role"], takes: ["operator"], run: invite },
  "sign-in-link": { needs: ["email"], run: signInLink },
  "reset-totp": { needs: ["email"], run: resetTotp },
};

/** `people list`, `people invite`, `people sign-in-link` and `people reset-totp`. */
export function runPeople(argv: string[]): Promise<number> {
  return runVerb("people", "people", verbs, argv);
}

const LISTED_MAX = 1_000;

async function list({ people: { people } }: Parts): Promise<Shown> {
  const rows = await people.list(LISTED_MAX);
  const json = rows.map(({ id, email, name, totp, isOperator, memberships }) => ({
    id,
    email,
    name,
    has_totp: totp !== null,
    is_operator: isOperator,
    merchants: memberships.map(({ merchantId, merchantName, role }) => ({ id: merchantId, name: merchantName, role })),
  }));
  const lines = json.map(({ id, email, name, has_totp, is_operator, merchants }) => {
    const marks = [...(is_operator ? ["operator"] : []), has_totp ? "with second factor" : "without second factor"];
    const teams = merchants.map((merchant) => `  ${merchant.role} of ${merchant.name} (${merchant.id})`);
    return [`${id}  ${email}  ${name}  ${marks.join(", ")}`, ...teams].join("\n");
  });
  return { text: lines.length === 0 ? "Nobody signs in here yet: tillway people invite" : lines.join("\n"), json };
}

async function invite({ people: { people, links, dashboardUrl }, deps }: Parts, given: Given<Option>): Promise<Shown> {
  const { email, role } = given as { email: string; role: string };
  if (!Object.hasOwn(roles, role)) throw new UsageError(`--role takes ${listed(Object.keys(roles))}`);
  if (!/^[^\s@,;:<>()"[\]\\]+@[^\s@,;:<>()"[\]\\]+$/.test(email)) throw new UsageError("--email takes one address");
  if (given.operator !== undefined && given.operator !== "yes") throw new UsageError("--operator takes yes");
  const merchant = await deps.settings.findMerchantByEmail(given.merchant!);
  if (!merchant) throw new UsageError(`--merchant: there is no merchant with the e-mail ${given.merchant}`);
  const now = deps.clock.now();
  const id = newId("inv", now, deps.random.bytes(16));
  const who = { id, merchantId: merchant.id, email, role: role as Role, isOperator: given.operator === "yes", invitedBy: null };
  if ((await people.invite({ ...who, createdAt: now, expiresAt: now + INVITATION_MS }, null)) === "member")
    throw new UsageError(`--email: ${email} is in this team already`);
  return shownLink(linkTo(dashboardUrl, id, links), "It works once, for seven days, and was sent to nobody.");
}

async function signInLink(parts: Parts, given: Given<Option>): Promise<Shown> {
  const { people, links, dashboardUrl } = parts.people;
  const person = await found(parts, given.email!);
  const now = parts.deps.clock.now();
  const id = newId("rst", now, parts.deps.random.bytes(16));
  await people.startReset({ id, personId: person.id, createdAt: now, expiresAt: now + RESET_MS }, null);
  return shownLink(linkTo(dashboardUrl, id, links), "It leads to a new password, once, for one hour. A second factor stays.");
}

async function resetTotp(parts: Parts, given: Given<Option>): Promise<Shown> {
  const person = await found(parts, given.email!);
  await parts.people.people.by({ kind: "cli", id: null, label: userName(), requestId: null }).removeTotp(person.id);
  const text = `${person.email} signs in by password alone now. Be sure that it is this person who asks.`;
  return { text, json: { id: person.id, email: person.email, has_totp: false } };
}

async function found({ people: { people } }: Parts, email: string): Promise<PersonRow> {
  const person = await people.byEmail(email);
  if (person === null) throw new UsageError(`--email: nobody signs in as ${email}`);
  return person;
}

function shownLink(url: string, note: string): Shown {
  return { text: `${url}\n${note}`, json: { url } };
}
