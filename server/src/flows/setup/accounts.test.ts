import { beforeEach, describe, expect, it } from "vitest";
import { says, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { ACCOUNT_PRIORITY_MAX, ACCOUNTS_MAX } from "../../core/accounts.ts";
import { KEY_CACHE_MS, SECRET_OVERLAP_MS } from "../../core/constants.ts";
import type { AccountRow } from "../../core/model.ts";
import { withCachedAccounts } from "../../storage/cached-accounts.ts";
import { changeAccount, closeAccount, createAccount, rotateCredentials, testAccount, type NewAccount } from "./accounts.ts";

const KEY = "sk_test_0123456789abcdef";
const wish: NewAccount = {
  connector: "bank",
  name: "Main",
  credentials: { secret_key: KEY, webhook_secret: "whsec_of_the_bank" },
  verify: true,
};
const show = ({ id, name, version }: AccountRow) => ({ id, name, version });

let world: World;
beforeEach(() => {
  world = new World({ accounts: 0 });
});

const request = (key?: string, of = scope) => ({ caller: { ...world.caller(key), scope: of }, show });
const stored = (id: string) => world.tables.accounts.get(id)!;

async function made(given: Partial<NewAccount> = {}): Promise<AccountRow> {
  const answer = await createAccount(world.deps, request(), { ...wish, ...given });
  return stored((JSON.parse(answer.body) as { id: string }).id);
}

describe("a new account", () => {
  it("is tested at its gateway before it is saved, and says when", async () => {
    const account = await made();
    expect(world.gateway.checked).toHaveLength(1);
    expect(world.gateway.checked[0]).toMatchObject({ id: account.id, credentials: wish.credentials });
    expect(account).toMatchObject({ verifiedAt: world.clock.now(), status: "enabled", priority: 1, mode: "test", version: 1 });
    expect(account.credentialsSetAt).toEqual({ secret_key: world.clock.now(), webhook_secret: world.clock.now() });
  });

  it.each([
    ["refuses them", { kind: "refused", reason: "wrong key" }, "credentials_refused", 422],
    ["does not answer", { kind: "unreachable", reason: "status 503" }, "credentials_not_tested", 503],
  ] as const)("is not saved if the gateway %s", async (_name, word, code, status) => {
    world.gateway.word = word;
    await expect(made()).rejects.toMatchObject({ code, status });
    expect(world.tables.accounts.size).toBe(0);
    expect(world.tables.idempotency.size).toBe(0);
  });

  it("is saved unseen by the gateway with verify: false, and says that it is not verified", async () => {
    world.gateway.word = { kind: "unreachable", reason: "timeout" };
    expect(await made({ verify: false })).toMatchObject({ verifiedAt: null });
    expect(world.gateway.checked).toEqual([]);
  });

  it("is made once per idempotency key, also by two requests at once", async () => {
    const answers = await Promise.all([1, 2].map(() => createAccount(world.deps, request("k"), wish)));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers.map(({ replayed }) => replayed).toSorted()).toEqual([false, true]);
    expect((await createAccount(world.deps, request("k"), wish)).replayed).toBe(true);
    expect(world.tables.accounts.size).toBe(1);
    // The kept answer holds no secret.
    expect(JSON.stringify([...world.tables.idempotency.values()])).not.toMatch(/sk_test|whsec/);
  });

  it("comes after all others, unless it names a place", async () => {
    expect((await made()).priority).toBe(1);
    expect((await made({ priority: 40 })).priority).toBe(40);
    expect((await made()).priority).toBe(41);
    await made({ priority: ACCOUNT_PRIORITY_MAX });
    expect((await made()).priority).toBe(ACCOUNT_PRIORITY_MAX);
  });

  it("is refused if there are too many, until one is closed", async () => {
    const all = [];
    for (let n = 0; n < ACCOUNTS_MAX; n++) all.push(await made());
    await expect(made()).rejects.toMatchObject({ code: "invalid_state" });
    await closeAccount(world.deps, scope, all[0]!.id);
    expect(await made()).toMatchObject({ status: "enabled" });
  });

  const { secret_key: _none, ...lacking } = wish.credentials;
  it.each<[string, Partial<NewAccount>, string, string, RegExp]>([
    ["an unknown connector", { connector: "banc" }, "invalid_field", "connector", /There are: bank\./],
    [
      "an unknown credential",
      { credentials: { ...wish.credentials, api: "x" } },
      "unknown_field",
      "credentials.api",
      /secret_key, shop, web/,
    ],
    ["a missing credential", { credentials: lacking }, "missing_field", "credentials.secret_key", /The bank shows it under Keys\./],
    ["another shape", { credentials: { secret_key: "sk_test_ä!0123456789" } }, "invalid_field", "credentials.secret_key", /under Keys/],
    ["a line break", { credentials: { secret_key: `${KEY}\n` } }, "invalid_field", "credentials.secret_key", /does not look like one/],
    [
      "another beginning",
      { credentials: { secret_key: "pk_test_0123456789" } },
      "invalid_field",
      "credentials.secret_key",
      /sk_test_ or rk_t/,
    ],
    [
      "live in test mode",
      { credentials: { secret_key: "sk_live_0123456789" } },
      "invalid_field",
      "credentials.secret_key",
      /is of live mode/,
    ],
  ])("is refused for %s, and the message names the field and the cure but no value", async (_name, given, code, param, message) => {
    const error = await made(given).catch((each: unknown) => each);
    expect(error).toMatchObject({ code, details: { param }, message: expect.stringMatching(message) });
    for (const value of Object.values(given.credentials ?? {})) expect(JSON.stringify(error)).not.toContain(value);
    expect(world.gateway.checked).toEqual([]);
  });

  it("takes live credentials from a live key only, and stays in that mode", async () => {
    const live = { ...scope, mode: "live" as const };
    const create = (secret_key: string) => createAccount(world.deps, request(undefined, live), { ...wish, credentials: { secret_key } });
    await expect(create(KEY)).rejects.toMatchObject({ code: "invalid_field", message: expect.stringMatching(/is of test mode/) });
    const { id } = JSON.parse((await create("rk_live_0123456789")).body) as { id: string };
    expect(stored(id).mode).toBe("live");
    await expect(changeAccount(world.deps, scope, id, { name: "Mine" })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a change", () => {
  it("sets what it names, and two at once are both made", async () => {
    const { id } = await made();
    await Promise.all([
      changeAccount(world.deps, scope, id, { name: "Other" }),
      changeAccount(world.deps, scope, id, { priority: 9 }),
      changeAccount(world.deps, scope, id, { status: "disabled" }),
    ]);
    expect(stored(id)).toMatchObject({ name: "Other", priority: 9, status: "disabled", version: 4, credentials: wish.credentials });
  });

  it("of the priority decides which account is tried first", async () => {
    const [one, two] = [await made(), await made()];
    const accountOf = async () => {
      const id = await world.created();
      await world.work();
      return world.attempts(id)[0]!.accountId;
    };
    expect(await accountOf()).toBe(one.id);
    await changeAccount(world.deps, scope, one.id, { priority: 5 });
    expect(await accountOf()).toBe(two.id);
    await changeAccount(world.deps, scope, two.id, { status: "disabled" });
    expect(await accountOf()).toBe(one.id);
  });
});

describe("rotated credentials", () => {
  const OTHER = "sk_test_fedcba9876543210";
  const rotate = (id: string, credentials: Record<string, string>, more: { overlapMs?: number; verify?: boolean; key?: string } = {}) =>
    world.clock.until(
      rotateCredentials(world.deps, request(more.key), id, {
        credentials,
        overlapMs: more.overlapMs ?? 60_000,
        verify: more.verify ?? true,
      }),
    );

  it("are tested, and used by the next call; the others stay", async () => {
    const { id } = await made();
    const [at, before] = [world.clock.now() + 5_000, world.clock.now()];
    await world.clock.advance(5_000);
    await rotate(id, { secret_key: OTHER });
    expect(stored(id)).toMatchObject({
      credentials: { ...wish.credentials, secret_key: OTHER },
      verifiedAt: at,
      previousSecretUntil: null,
    });
    expect(stored(id).credentialsSetAt).toEqual({ secret_key: at, webhook_secret: before });
    const sent: string[] = [];
    world.gateway.next("send", (call) => {
      sent.push(call.account.credentials["secret_key"]!);
      return says.declined();
    });
    await world.created();
    await world.work();
    expect(sent).toEqual([OTHER]);
  });

  it("that the gateway refuses change nothing: those before work on", async () => {
    const { id } = await made();
    const before = stored(id);
    world.gateway.word = { kind: "refused", reason: "revoked" };
    await expect(rotate(id, { secret_key: OTHER })).rejects.toMatchObject({ code: "credentials_refused" });
    world.gateway.word = { kind: "unreachable", reason: "timeout" };
    await expect(rotate(id, { secret_key: OTHER })).rejects.toMatchObject({ code: "credentials_not_tested" });
    expect(stored(id)).toEqual(before);
    await rotate(id, { secret_key: OTHER }, { verify: false });
    expect(stored(id)).toMatchObject({ credentials: { secret_key: OTHER }, verifiedAt: null });
  });

  it("are in use everywhere when the answer comes: no process remembers those before", async () => {
    const { id } = await made();
    const other = withCachedAccounts(world.deps.settings, world.clock);
    const secretThere = async () => (await other.account(id))?.credentials["secret_key"];
    expect(await secretThere()).toBe(KEY);
    let answered = false;
    const rotation = rotateCredentials(world.deps, request(), id, { credentials: { secret_key: OTHER }, overlapMs: 0, verify: true });
    void rotation.then(() => (answered = true));
    await world.clock.advance(KEY_CACHE_MS - 1);
    expect([await secretThere(), answered]).toEqual([KEY, false]);
    await world.clock.advance(1);
    expect([await secretThere(), answered]).toEqual([OTHER, true]);
  });

  it("of webhooks alone ask the gateway nothing", async () => {
    const { id, verifiedAt } = await made();
    world.gateway.word = { kind: "unreachable", reason: "down" };
    await rotate(id, { webhook_secret: "whsec_the_next_one" });
    expect(stored(id)).toMatchObject({ verifiedAt, credentials: { webhook_secret: "whsec_the_next_one" } });
  });

  it("let webhooks of both secrets in until the overlap ends, and of an older one no more", async () => {
    const { id } = await made();
    const hook = (signature: string) =>
      world.hook({ attempt: { gatewayKey: "none" }, outcome: null, signature, accountId: id }).then(
        () => "accepted",
        (error: { code: string }) => error.code,
      );
    const secrets = ["whsec_of_the_bank", "whsec_the_second", "whsec_the_third"] as const;
    const all = () => Promise.all(secrets.map(hook));
    expect(await all()).toEqual(["accepted", "invalid_signature", "invalid_signature"]);
    await rotate(id, { webhook_secret: secrets[1] }, { overlapMs: SECRET_OVERLAP_MS });
    expect(await all()).toEqual(["accepted", "accepted", "invalid_signature"]);
    // The same one again is no rotation.
    await rotate(id, { webhook_secret: secrets[1] }, { overlapMs: 0 });
    expect(await all()).toEqual(["accepted", "accepted", "invalid_signature"]);
    await rotate(id, { webhook_secret: secrets[2] }, { overlapMs: SECRET_OVERLAP_MS });
    expect(await all()).toEqual(["invalid_signature", "accepted", "accepted"]);
    await world.clock.advance(SECRET_OVERLAP_MS - KEY_CACHE_MS - 1);
    expect(await all()).toEqual(["invalid_signature", "accepted", "accepted"]);
    await world.clock.advance(1);
    expect(await all()).toEqual(["invalid_signature", "invalid_signature", "accepted"]);
  });

  it("end the secret before at once without an overlap", async () => {
    const { id } = await made();
    await rotate(id, { webhook_secret: "whsec_the_second" }, { overlapMs: 0 });
    expect(stored(id)).toMatchObject({ previousSecretUntil: null });
    expect(Object.values(stored(id).credentials)).not.toContain("whsec_of_the_bank");
  });

  it("are rotated once per idempotency key", async () => {
    const { id } = await made();
    const answers = await Promise.all([1, 2].map(() => rotate(id, { webhook_secret: "whsec_the_second" }, { key: "r" })));
    expect(answers.map(({ replayed }) => replayed).toSorted()).toEqual([false, true]);
    expect(stored(id)).toMatchObject({ version: 2, credentials: { previous_webhook_secret: "whsec_of_the_bank" } });
  });

  it("are refused in the other mode's form and under other names", async () => {
    const { id } = await made();
    await expect(rotate(id, { secret_key: "sk_live_0123456789" })).rejects.toMatchObject({ code: "invalid_field" });
    await expect(rotate(id, { previous_webhook_secret: "whsec_x" })).rejects.toMatchObject({ code: "unknown_field" });
  });
});

describe("a test", () => {
  it("notes when the gateway accepted the credentials, and nothing if it did not", async () => {
    const { id } = await made({ verify: false });
    world.gateway.word = { kind: "refused", reason: "revoked" };
    await expect(testAccount(world.deps, request(), id)).rejects.toMatchObject({ code: "credentials_refused" });
    expect(stored(id).verifiedAt).toBeNull();
    world.gateway.word = { kind: "ok" };
    await testAccount(world.deps, request(), id);
    expect(stored(id).verifiedAt).toBe(world.clock.now());
  });

  it("beside a rotation notes the word on the new credentials, not on those before", async () => {
    const { id } = await made({ verify: false });
    const rotated = { credentials: { secret_key: "sk_test_fedcba9876543210" }, overlapMs: 0, verify: false };
    const asked: (string | undefined)[] = [];
    world.gateway.check = async ({ credentials }) => {
      asked.push(credentials["secret_key"]);
      if (asked.length === 1) await world.clock.until(rotateCredentials(world.deps, request(), id, rotated));
      return { kind: "ok" };
    };
    await testAccount(world.deps, request(), id);
    expect(asked).toEqual([KEY, rotated.credentials.secret_key]);
    expect(stored(id).verifiedAt).toBe(world.clock.now());
  });
});
