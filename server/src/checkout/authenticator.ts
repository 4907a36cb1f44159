/** Who opens a checkout: the merchant's publishable key says whose it is, the client secret that this browser may see one order of theirs. */
import type { ApiDeps } from "../api/deps.ts";
import { nameIn } from "../api/client-secrets.ts";
import { addressOf, wrongTries } from "../api/wrong-tries.ts";
import { KEY_CACHE_MS } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import type { Ms, Scope } from "../core/model.ts";
import type { Actor } from "../core/ports/settings.ts";
import type { Authenticator } from "../http/app.ts";

/** Of one secret: a page that follows a payment asks once a second. */
export const REQUESTS_PER_SECOND = 10;
const KEYS_REMEMBERED_MAX = 10_000;
export const PUBLIC_KEY = /^pk_[\x21-\x7e]{1,190}$/;

/** What all ways in have in common: the tries are counted once, whichever way they come. */
export interface Door {
  readonly tries: ReturnType<typeof wrongTries>;
  readonly keys: ReturnType<typeof rememberedKeys>;
}

export function checkoutDoor({ flows }: Pick<ApiDeps, "flows">): Door {
  return { tries: wrongTries(flows.clock), keys: rememberedKeys(flows) };
}

/**
 * Publishable key and client secret, as headers. A right pair is never counted, so nobody is locked out by somebody else's tries; a wrong
 * one counts for its address and for what it tries to open. A key that was revoked opens nothing `KEY_CACHE_MS` later.
 */
export function checkoutAuthenticator({ flows, secrets }: Pick<ApiDeps, "flows" | "secrets">, { tries, keys }: Door): Authenticator {
  return {
    audience: "checkout",
    authenticate(request) {
      const { "x-api-key": key, "x-client-secret": secret } = request.headers;
      if (typeof key !== "string" || typeof secret !== "string") return null;
      const address = addressOf(request);
      const wrong = (id: string): null => {
        if (tries.take(address, id)) return null;
        throw tries.refusal(address, id);
      };
      const id = nameIn(secret);
      // What cannot be a secret of ours is worth no query.
      if (id === null || !PUBLIC_KEY.test(key)) return wrong("");
      const open = (scope: Scope | null): Actor | null =>
        scope !== null && secrets.opens(scope, secret) !== null ? actorOf(scope, id, flows.versions.current) : null;
      const known = keys.known(key);
      return known === null ? tries.guess(address, id, async () => open(await keys.ask(key))) : (open(known) ?? wrong(id));
    },
    refusal: () =>
      new TillwayError("authentication_error", {
        message: "The key or the client secret is missing or wrong. Send X-Api-Key with the key that begins with pk_, and X-Client-Secret.",
      }),
  };
}

/** The secret is the key of this caller: its id is what the log and the bound on requests name. */
function actorOf({ merchantId, mode }: Scope, opened: string, apiVersion: string): Actor {
  const scopes = ["payments.read", "payments.write"] as const;
  return { merchantId, mode, keyId: opened, scopes: [...scopes], person: null, rateLimitPerSecond: REQUESTS_PER_SECOND, apiVersion };
}

/** Whose a publishable key is. */
function rememberedKeys({ settings, clock }: ApiDeps["flows"]) {
  const remembered = new Map<string, { readonly scope: Scope; readonly atMs: Ms }>();
  return {
    known(key: string): Scope | null {
      const found = remembered.get(key);
      return found && Math.abs(clock.now() - found.atMs) < KEY_CACHE_MS ? found.scope : null;
    },
    async ask(key: string): Promise<Scope | null> {
      const now = clock.now();
      const scope = await settings.publicKey(key, now);
      remembered.delete(key);
      if (scope === null) return null;
      if (remembered.size >= KEYS_REMEMBERED_MAX) remembered.delete(remembered.keys().next().value!);
      remembered.set(key, { scope, atMs: now });
      return scope;
    },
  };
}
