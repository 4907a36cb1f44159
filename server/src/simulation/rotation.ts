/** People who replace secrets: that of an endpoint, and an API key. Each request is sent twice under one key, until it is answered. */
import { versions } from "../api/versions/index.ts";
import type { Scope } from "../core/model.ts";
import { scopes } from "../core/permissions.ts";
import type { Answer, Caller } from "../flows/idempotency.ts";
import type { Deps } from "../flows/deps.ts";
import { rotateSecret } from "../flows/setup/endpoints.ts";
import { rotateKey } from "../flows/setup/keys.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Kernel } from "./kernel.ts";
import { isForNow, type Heard } from "./merchant.ts";
import type { Oracle } from "./oracle.ts";
import type { Chance } from "./random.ts";

export interface RotationsGiven {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly scope: Scope;
  readonly tables: Tables;
  /** How often each is replaced, before this time is over. */
  readonly times: number;
  readonly withinMs: number;
  /** Sends one request to one of the API processes. */
  readonly ask: (run: (deps: Deps) => Promise<Answer>) => Promise<Heard>;
  readonly blame: Oracle["blame"];
}

export interface Rotations {
  /** What is in force must be what the people were shown. Call it when everything is quiet. */
  lookAtRest(): void;
}

interface Shown {
  readonly id: string;
  readonly secret: string;
}

const ENDPOINT = "whe_1";
const OVERLAP_MS = 60_000;
/** After this many tries they give up, and do not know what they have. */
const PATIENCE = 40;
const FIRST_KEY: Shown = { id: "key_1", secret: "sk_1" };

export function startRotations(given: RotationsGiven): Rotations {
  const { kernel, chance, scope, tables, times, withinMs, blame } = given;
  const secrets = new Set([tables.endpoints.get(ENDPOINT)!.secret]);
  let key: Shown = FIRST_KEY;
  let knowsAll = true;
  putKey(tables, scope);

  async function replaceSecret(n: number): Promise<void> {
    const shown = await once(given, `secret-${n}`, (deps, caller) => rotateSecret(deps, caller, ENDPOINT, OVERLAP_MS));
    if (shown === "given up") knowsAll = false;
    // Refused: it was replaced once more meanwhile, and this one is gone.
    else if (shown !== "refused") secrets.add(shown.secret);
  }

  async function replaceKey(n: number): Promise<void> {
    const { id } = key;
    const shown = await once(given, `key-${n}`, (deps, caller) =>
      rotateKey(deps, { caller, granted: scopes, limit: { own: null, standard: null }, show: (row) => row }, id, OVERLAP_MS),
    );
    if (shown === "given up") knowsAll = false;
    else if (shown === "refused") blame("I7", `the rotation of ${id} was refused, and nobody else has rotated it`);
    else key = shown;
  }

  let line = Promise.resolve();
  for (let n = 0; n < times; n++) {
    kernel.after(chance.int(0, withinMs), () => void replaceSecret(n));
    // One key follows the other.
    kernel.after(chance.int(0, withinMs), () => void (line = line.then(() => (knowsAll ? replaceKey(n) : undefined))));
  }

  return {
    lookAtRest() {
      if (!knowsAll) return;
      if (!secrets.has(tables.endpoints.get(ENDPOINT)!.secret)) blame("I10", `${ENDPOINT} signs with a secret that nobody was ever shown`);
      const inForce = [...tables.keys.values()].filter((row) => row.expiresAt === null || row.expiresAt > kernel.now);
      const names = inForce.map((row) => row.id).join(", ");
      if (inForce.length !== 1) blame("I7", `${inForce.length} keys are in force after rotations: ${names}`);
      else if (inForce[0]!.secret !== key.secret) blame("I7", `the key in force is ${names}, and the one that was shown last is ${key.id}`);
    },
  };
}

function putKey(tables: Tables, scope: Scope): void {
  const row = { ...scope, ...FIRST_KEY, key: "pk_1", name: "First", scopes: [...scopes], apiVersion: versions.current, createdAt: 0 };
  tables.keys.set(row.key, { ...row, lastUsedAt: null, expiresAt: null, revokedAt: null, rateLimitPerSecond: null });
}

/** Sends it twice at once until both have an answer, which must show the same. */
async function once(
  given: RotationsGiven,
  key: string,
  run: (deps: Deps, caller: Caller) => Promise<Answer>,
): Promise<Shown | "refused" | "given up"> {
  const twins = await Promise.all([insist(given, key, run), insist(given, key, run)]);
  const shown = twins.flatMap((heard) => (heard?.kind === "answer" ? [JSON.parse(heard.answer.body) as Shown] : []));
  const [first, second = first] = shown;
  if (first === undefined) return twins.includes(null) ? "given up" : "refused";
  if (first.id !== second!.id || first.secret !== second!.secret) given.blame("I7", `${key} showed two secrets`);
  return first;
}

async function insist({ kernel, scope, ask }: RotationsGiven, key: string, run: (deps: Deps, caller: Caller) => Promise<Answer>) {
  const { current: apiVersion } = versions;
  const caller: Caller = { scope, audience: "merchant", requestId: key, apiVersion, idempotency: { key, requestHash: key } };
  for (let tries = 0, gapMs = 500; tries < PATIENCE; tries++) {
    const heard = await ask((deps) => run(deps, caller));
    if (heard.kind === "answer" || (heard.kind === "refused" && !isForNow(heard.error))) return heard;
    await new Promise<void>((resolve) => void kernel.after(gapMs, resolve));
    gapMs = Math.min(60_000, gapMs * 2);
  }
  return null;
}
