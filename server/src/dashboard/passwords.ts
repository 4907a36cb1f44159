/** Passwords: kept as scrypt with the parameters beside them, checked one at a time, and refused where everybody would try them first. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { TillwayError } from "../core/errors.ts";
import { commonPasswords } from "./common-passwords.ts";

/** A set of OWASP's password storage cheat sheet: 32 MiB, and about 0.3 s of one core. */
export const SCRYPT = { N: 2 ** 15, r: 8, p: 3 } as const;
export const PASSWORD_CHARS_MIN = 12;
export const PASSWORD_CHARS_MAX = 256;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Beyond these, who wants to sign in waits for too long: a flood must not fill the memory. */
const WAITING_MAX = 50;
/** Of one address, which must not keep all others waiting. */
const WAITING_PER_ADDRESS = 5;
const FORM = /^\$scrypt\$n=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/;

export interface Passwords {
  /** @param from the address that asks. Throws `TillwayError` overloaded, as the other does. */
  hash(password: string, from: string): Promise<string>;
  /** @param hash null: there is none, which takes the same time */
  isRight(password: string, hash: string | null, from: string): Promise<boolean>;
}

type Cost = Record<keyof typeof SCRYPT, number>;

/** @param ours what a new hash costs, and one that is looked for in vain; tests of other things take less */
export function passwords(ours: Cost = SCRYPT): Passwords {
  const inTurn = oneAtATime();
  const derive = (password: string, salt: Buffer, from: string, { N, r, p }: Cost = ours): Promise<Buffer> =>
    inTurn(
      from,
      () =>
        new Promise((resolve, reject) => {
          // The same password from another keyboard has other code points.
          const text = password.normalize("NFKC");
          scrypt(text, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) => (error ? reject(error) : resolve(key)));
        }),
    );
  const nobodys = randomBytes(SALT_BYTES);
  return {
    async hash(password, from) {
      const salt = randomBytes(SALT_BYTES);
      const key = await derive(password, salt, from);
      return `$scrypt$n=${ours.N},r=${ours.r},p=${ours.p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
    },
    async isRight(password, hash, from) {
      const [, N, r, p, salt, key] = FORM.exec(hash ?? "") ?? [];
      if (salt === undefined || key === undefined) {
        await derive(password, nobodys, from);
        return false;
      }
      const cost = { N: Number(N), r: Number(r), p: Number(p) };
      const given = await derive(password, Buffer.from(salt, "base64url"), from, cost);
      const kept = Buffer.from(key, "base64url");
      return kept.length === given.length && timingSafeEqual(given, kept);
    },
  };
}

/** Each takes 32 MiB and a thread of the pool that files and name look-ups share. */
function oneAtATime(): <Result>(from: string, work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  const waiting: string[] = [];
  return (from, work) => {
    const own = waiting.filter((each) => each === from).length;
    if (waiting.length >= WAITING_MAX || own >= WAITING_PER_ADDRESS)
      return Promise.reject(new TillwayError("overloaded", { retryAfterMs: 5_000 }));
    waiting.push(from);
    const done = last.then(work).finally(() => waiting.splice(waiting.indexOf(from), 1));
    last = done.catch(() => undefined);
    return done;
  };
}

/** Throws `TillwayError` weak_password. @param own what guesses begin with: the address, the name */
export function refuseWeak(password: string, own: readonly string[]): void {
  const text = password.normalize("NFKC");
  const plain = plainOf(text);
  const refuse = (message: string): never => {
    throw new TillwayError("weak_password", { param: "password", message });
  };
  if (Array.from(text).length < PASSWORD_CHARS_MIN) refuse(`The password must have ${PASSWORD_CHARS_MIN} characters or more.`);
  if (new Set(text).size < 5) refuse("This password repeats a few characters. Take another one.");
  if (commonPasswords.has(plain)) refuse("This password is on the lists that guesses begin with. Take another one.");
  const guessed = own.flatMap((each) => [each, ...each.split("@")]).map(plainOf);
  if (guessed.some((each) => each.length > 3 && plain.replaceAll(each, "").length < 5))
    refuse("This password is little more than your e-mail address or name. Take another one.");
}

/** Without what people add to a word so that it counts as another one. */
function plainOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("@", "a")
    .replaceAll("$", "s")
    .replaceAll("0", "o")
    .replaceAll(/[^a-z0-9]/g, "");
}
