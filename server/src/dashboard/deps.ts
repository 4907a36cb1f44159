import type { ApiDeps } from "../api/deps.ts";
import type { Ms } from "../core/model.ts";
import type { People } from "../core/ports/people.ts";
import type { LinkTokens } from "./links.ts";
import type { Passwords } from "./passwords.ts";

/** The dashboard is a caller of the same flows as the API, and its people are callers of the API's routes. */
export interface DashboardDeps extends ApiDeps {
  readonly people: People;
  readonly passwords: Passwords;
  readonly links: LinkTokens;
  /** Key of the HMACs that only this listener reads again: of tokens against forged requests and of challenges. */
  readonly signingKey: Uint8Array;
  /** Where people reach it, without a slash at its end. */
  readonly dashboardUrl: string;
  /** How long somebody stays signed in without a request. */
  readonly idleMs: Ms;
  /** Where the build put the page. */
  readonly pageFolder: string;
}
