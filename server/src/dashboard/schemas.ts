/** What the dashboard's own routes take and show. */
import { Type } from "typebox";
import type { TSchema } from "typebox";
import { nullable, strict, timestamp, component } from "../api/schemas/common.ts";
import { ASCII_EMAIL } from "../api/schemas/payment.ts";
import { TillwayError } from "../core/errors.ts";
import { roles, type Role } from "../core/permissions.ts";
import { PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN } from "./passwords.ts";

export const tags = ["Dashboard"];

export const roleIn = Type.Enum(Object.keys(roles) as Role[]);
export const emailIn = Type.String({ minLength: 3, maxLength: 254, pattern: ASCII_EMAIL });
/** Names are shown in messages and headers: no line breaks. */
const NAME = String.raw`^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\S[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$`;
export const nameIn = Type.String({ minLength: 1, maxLength: 100, pattern: NAME });
/** As a list's address has it: one word, or several with hyphens. */
const VIEW_PAGE = "^[a-z]+(-[a-z]+)*$";
/** What a URL may hold behind its question mark: RFC 3986, with what is not ASCII in percent signs. */
const VIEW_QUERY = "^[A-Za-z0-9._~!$&'()*+,;=:@/?%-]+$";
/** With what each must be. */
const shapes = {
  email: [new RegExp(ASCII_EMAIL), "an address such as name@example.com, in ASCII"],
  name: [new RegExp(NAME), "one line of text that can be seen"],
  page: [new RegExp(VIEW_PAGE), "the name of a list in its address: small letters and hyphens, e.g. payments"],
  query: [new RegExp(VIEW_QUERY), "what stands behind the question mark of an address: percent signs for what a URL can't hold"],
} as const;

/** A body's patterns are for the document: nothing has looked at them before. Throws `TillwayError` invalid_field. */
export function refuseMisshapen(param: keyof typeof shapes, text: string): void {
  const [shape, must] = shapes[param];
  if (!shape.test(text)) throw new TillwayError("invalid_field", { param, message: `${param} must be ${must}.` });
}

/** One that exists, whatever was asked of it when it was set. */
export const passwordIn = Type.String({ minLength: 1, maxLength: PASSWORD_CHARS_MAX });
export const newPasswordIn = Type.String({
  minLength: PASSWORD_CHARS_MIN,
  maxLength: PASSWORD_CHARS_MAX,
  description: "12 characters or more, and none of those that everybody tries first.",
});
export const linkTokenIn = Type.String({ minLength: 1, maxLength: 200, description: "What stands behind the # of the link." });
export const codeIn = Type.String({ minLength: 6, maxLength: 40, description: "Six digits of the app, or a recovery code." });

const merchant = strict({ id: Type.String(), name: Type.String() });

const sessionSchema = component("Session", {
  object: Type.Literal("session"),
  person: strict({
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    has_totp: Type.Boolean(),
    is_operator: Type.Boolean(),
  }),
  csrf_token: Type.String({ description: "Of this session: what X-Csrf-Token takes." }),
  merchants: Type.Array(strict({ id: Type.String(), name: Type.String(), role: roleIn })),
  expires_at: timestamp("When it ends, however busy it is."),
  is_restoring: Type.Boolean({
    description: "The database was restored from a backup: no money moves before an operator ends it with `tillway restore finish`.",
  }),
});

const secondFactorSchema = component("SecondFactor", {
  object: Type.Literal("second_factor"),
  challenge: Type.String({ description: "Proof of the password, for five minutes." }),
});

const invitationSchema = component("Invitation", {
  object: Type.Literal("invitation"),
  email: Type.String(),
  merchant,
  role: roleIn,
  has_password: Type.Boolean({ description: "Somebody with this address signs in here already, and gives that password." }),
});

const personSchema = component("Person", {
  object: Type.Literal("person"),
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  has_totp: Type.Boolean(),
  is_operator: Type.Boolean(),
});

const personSessionsSchema = component("PersonSessions", {
  object: Type.Literal("list"),
  data: Type.Array(
    strict({
      object: Type.Literal("person_session"),
      id: Type.String(),
      is_current: Type.Boolean(),
      address: Type.String({ description: "Where it was begun from." }),
      user_agent: Type.String({ description: "What the browser called itself." }),
      started_at: timestamp("When it was begun."),
      last_seen_at: timestamp("When it was used last, to some seconds."),
      expires_at: timestamp("When it ends."),
    }),
  ),
});

const rolesSchema = component("Roles", {
  object: Type.Literal("list"),
  data: Type.Array(strict({ role: roleIn, label: Type.String(), means: Type.String(), permissions: Type.Array(Type.String()) })),
});

const invited = strict({
  id: Type.String(),
  email: Type.String(),
  role: roleIn,
  invited_by: nullable(Type.String({ description: "E-mail address; null: the command line." })),
  expires_at: timestamp("When its link ends."),
});

const teamInvitationSchema = component("TeamInvitation", { object: Type.Literal("team_invitation"), ...invited.properties });

const memberSchema = component("Member", {
  object: Type.Literal("member"),
  person: strict({ id: Type.String(), email: Type.String(), name: Type.String(), has_totp: Type.Boolean() }),
  role: roleIn,
  since: timestamp("Since when."),
  last_seen_at: nullable(timestamp("When this merchant was looked at last, to some seconds.")),
});

const teamSchema = component("Team", {
  object: Type.Literal("list"),
  data: Type.Array(Type.Ref("Member#")),
  invitations: Type.Array(invited),
});

export const viewPageIn = Type.String({
  minLength: 1,
  maxLength: 40,
  pattern: VIEW_PAGE,
  description: "The list, as its address names it.",
  examples: ["payments"],
});
export const viewNameIn = Type.String({ minLength: 1, maxLength: 60, pattern: NAME });
export const viewQueryIn = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: VIEW_QUERY,
  description: "What stands behind the question mark of the list's address.",
  examples: ["status=failed&currency=INR"],
});

const savedViewSchema = component("SavedView", {
  id: Type.String(),
  object: Type.Literal("view"),
  page: Type.String(),
  name: Type.String(),
  query: Type.String(),
  created_at: timestamp("When this name was first saved."),
});

const savedViewsSchema = component("SavedViews", { object: Type.Literal("list"), data: Type.Array(Type.Ref("SavedView#")) });

const emptySchema = component("Done", {});

export const dashboardSchemas: readonly TSchema[] = [
  sessionSchema,
  secondFactorSchema,
  invitationSchema,
  personSchema,
  personSessionsSchema,
  rolesSchema,
  memberSchema,
  teamInvitationSchema,
  teamSchema,
  savedViewSchema,
  savedViewsSchema,
  emptySchema,
  component("TotpOffer", { secret: Type.String(), uri: Type.String(), qr: Type.String({ description: "An SVG of the URI." }) }),
  component("RecoveryCodes", { recovery_codes: Type.Array(Type.String()) }),
];
