import { describe, expect, it } from "vitest";
import { scope } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { newCase } from "../core/change/parts.ts";
import { ENDPOINTS_MAX, KEYS_MAX } from "../core/constants.ts";
import { scopes } from "../core/permissions.ts";
import { resolveCaseOnce } from "./cases/resolve.ts";
import { commit, contextOf } from "./commit.ts";
import type { Deps } from "./deps.ts";
import type { Answer, Caller } from "./idempotency.ts";
import { addEndpoint } from "./setup/endpoints.ts";
import { createKey, newKey, rotateKey, type KeyRequest } from "./setup/keys.ts";

type Request = (deps: Deps, caller: Caller) => Promise<Answer>;

const ofKeys = (caller: Caller): KeyRequest => ({
  caller,
  granted: scopes,
  limit: { own: null, standard: null },
  show: ({ id, scopes: may }) => ({ id, scopes: may }),
});

async function withKeys({ deps }: World, count: number): Promise<string> {
  const keys = Array.from({ length: count }, () => newKey(deps, scope, { name: "Shop", scopes: [...scopes] }));
  for (const key of keys) expect(await deps.settings.createKey(key)).toBe("applied");
  return keys[0]!.id;
}

/** What the first of the two changes is what the second would be refused by, if it were another request. */
const requests: readonly (readonly [string, (world: World) => Promise<Request>])[] = [
  [
    "rotates a key",
    async (world) => {
      const id = await withKeys(world, 1);
      return (deps, caller) => rotateKey(deps, ofKeys(caller), id, 60_000);
    },
  ],
  [
    "makes the last key that there may be",
    async (world) => {
      await withKeys(world, KEYS_MAX - 1);
      return (deps, caller) => createKey(deps, ofKeys(caller), { name: "Last", scopes: [] });
    },
  ],
  [
    "adds the last endpoint that there may be",
    async (world) => {
      for (let n = 1; n < ENDPOINTS_MAX; n++) await addEndpoint(world.deps, world.caller(), { url: `https://shop.example/${n}` });
      return (deps, caller) => addEndpoint(deps, caller, { url: "https://shop.example/last" });
    },
  ],
  [
    "resolves a case",
    async (world) => {
      const open = newCase(
        scope,
        { kind: "overdue", subject: "pay_1", paymentId: null, summary: "late", evidence: {} },
        contextOf(world.deps),
      );
      await commit(world.deps, { ...scope, cases: { open: [open] } });
      return (deps, caller) => resolveCaseOnce(deps, caller, open.id, { reason: "done", by: "Ann" });
    },
  ],
];

describe("a repeat that arrived before its first request was done gets that one's answer, where it", () => {
  it.each(requests)("%s", async (_, prepare) => {
    const world = new World();
    const request = await prepare(world);
    let first: Answer | undefined;
    const { store } = world.deps;
    const late: Deps = {
      ...world.deps,
      store: {
        ...store,
        // The key is free when the repeat looks, and taken right after.
        findIdempotent: async (...asked) => {
          const found = await store.findIdempotent(...asked);
          first ??= await request(world.deps, world.caller("once"));
          return found;
        },
      },
    };
    const repeat = await request(late, world.caller("once"));
    expect([repeat.status, repeat.body]).toEqual([first!.status, first!.body]);
  });
});
