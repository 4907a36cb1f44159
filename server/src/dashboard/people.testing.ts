/** A dashboard over a real database, and people who use it as a browser would. */
import type { LightMyRequestResponse } from "fastify";
import { databaseServers } from "../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../test/support/storage.ts";
import { fakeApi, NOW, type Fakes } from "../api/fakes.testing.ts";
import { newId } from "../core/ids.ts";
import type { Role } from "../core/permissions.ts";
import { createDashboardApp } from "./app.ts";
import { COOKIE } from "./cookies.ts";
import { whoSignsIn } from "./open.ts";
import { passwords } from "./passwords.ts";

const ORIGIN = "http://localhost:3000";
export const PASSWORD = "violet kettle harbour 7";
const MINUTE = 60_000;
/** What passwords cost is shown in `passwords.security`; here hundreds of them are looked at. */
const QUICK = { N: 1_024, r: 8, p: 1 };

export interface House {
  readonly app: ReturnType<typeof createDashboardApp>;
  readonly clock: Fakes["clock"];
  readonly log: Fakes["log"];
  readonly storage: TestStorage;
  merchant(): Promise<string>;
  /** A member with `PASSWORD`. */
  member(merchantId: string, role: Role): Promise<{ readonly id: string; readonly email: string }>;
  /** The link's token of a new invitation. */
  invited(
    merchantId: string,
    role: Role,
    email?: string,
    isOperator?: boolean,
  ): Promise<{ readonly token: string; readonly email: string }>;
  /** A new member, in a browser of its own. */
  signedIn(merchantId: string, role: Role): Promise<{ readonly browser: Browser; readonly id: string; readonly email: string }>;
  browser(): Browser;
  linkOf(id: string): string;
  close(): Promise<void>;
}

let counter = 0;
const random = (): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => (i < 12 ? 0 : (counter >> (5 * (15 - i))) & 31));

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** @param idleMs how long somebody stays signed in without a request @param ours with the cost that is kept in earnest, where that is looked at */
export async function openHouse(idleMs = 15 * MINUTE, ours = passwords(QUICK)): Promise<House> {
  const storage = await postgresStorage(databaseServers()[0]!.url);
  const fakes = fakeApi({
    reads: storage.reads,
    flows: {
      settings: storage.settings,
      store: storage.store,
      queue: { hint: () => undefined } as never,
      track: (work) => work,
      log: silent as never,
    },
  });
  const who = whoSignsIn({ people: storage.people, dashboardUrl: ORIGIN, idleMs }, () => new Uint8Array(32).fill(3));
  const app = createDashboardApp(fakes.deps, { ...fakes.deps, ...who, passwords: ours, pageFolder: "no-page" });
  const { clock, log } = fakes;
  const id = <Prefix extends "mer" | "inv">(prefix: Prefix) => (counter++, newId(prefix, clock.now, random()));
  const invited: House["invited"] = async (merchantId, role, email = `p${++counter}@people.example`, isOperator = false) => {
    const row = {
      id: id("inv"),
      merchantId,
      email,
      role,
      isOperator,
      invitedBy: null,
      createdAt: clock.now,
      expiresAt: clock.now + 7 * 24 * 60 * MINUTE,
    };
    await storage.people.invite(row, null);
    return { token: who.links.of(row.id), email };
  };
  const house: House = {
    app,
    clock,
    log,
    storage,
    invited,
    linkOf: who.links.of,
    merchant: async () => {
      const merchant = { id: id("mer"), name: `Shop ${counter}`, email: `m${counter}@shop.example`, createdAt: NOW };
      await storage.settings.createMerchant(merchant);
      return merchant.id;
    },
    member: async (merchantId, role) => {
      const { token, email } = await invited(merchantId, role);
      const { statusCode, json, body } = await house.browser().send("POST", "/v1/session/invitation/accept", { token, password: PASSWORD });
      if (statusCode !== 200) throw new Error(body);
      return { id: json().person.id as string, email };
    },
    signedIn: async (merchantId, role) => {
      const member = await house.member(merchantId, role);
      const browser = new Browser(app);
      await browser.signIn(member.email);
      browser.merchantId = merchantId;
      return { browser, ...member };
    },
    browser: () => new Browser(app),
    close: () => storage.close(),
  };
  return house;
}

/** Keeps the cookie and the token that forged requests lack. */
export class Browser {
  readonly #app: House["app"];
  cookie: string | null = null;
  csrf: string | null = null;
  merchantId: string | null = null;
  address = "192.0.2.1";
  constructor(app: House["app"]) {
    this.#app = app;
  }

  async send(
    method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE",
    url: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const answer = await this.#app.inject({
      method,
      url,
      remoteAddress: this.address,
      headers: {
        origin: ORIGIN,
        ...(body && { "content-type": "application/json" }),
        ...(this.cookie !== null && { cookie: `${COOKIE}=${this.cookie}` }),
        ...(this.csrf !== null && { "x-csrf-token": this.csrf }),
        ...(this.merchantId !== null && { "tillway-merchant": this.merchantId, "tillway-mode": "test" }),
        ...headers,
      },
      ...(body && { payload: JSON.stringify(body) }),
    });
    const set = /__Host-tillway_session=([^;]*)/.exec(String(answer.headers["set-cookie"] ?? ""))?.[1];
    if (set !== undefined) this.cookie = set === "" ? null : set;
    if (answer.statusCode === 200 && url.startsWith("/v1/session"))
      this.csrf = (answer.json().csrf_token as string | undefined) ?? this.csrf;
    return answer;
  }

  /** The code of a refusal, or the status. */
  async try(...call: Parameters<Browser["send"]>): Promise<string | number> {
    const answer = await this.send(...call);
    return answer.statusCode < 400 ? answer.statusCode : (answer.json().error.code as string);
  }

  signIn(email: string, password = PASSWORD): Promise<LightMyRequestResponse> {
    return this.send("POST", "/v1/session", { email, password });
  }
}
