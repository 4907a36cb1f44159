/** Time-based one-time codes (RFC 6238, as apps take them: SHA-1, six digits, 30 s), and recovery codes for who has lost the app. */
import { createHmac, hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Ms } from "../core/model.ts";

const STEP_MS = 30_000;
const DIGITS = 6;
/** 160 bits, as RFC 4226 wants. */
const SECRET_BYTES = 20;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Clocks of phones go wrong, and people take a while to type. */
const STEPS_AROUND = [0, -1, 1] as const;

export function newTotpSecret(): string {
  const bits = [...randomBytes(SECRET_BYTES)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.replaceAll(/.{5}/g, (five) => BASE32[Number.parseInt(five, 2)]!);
}

/** What the app reads from the picture. */
export function totpUri(secret: string, email: string): string {
  const label = `${encodeURIComponent("Tillway")}:${encodeURIComponent(email)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=Tillway&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1_000}`;
}

/** The step whose code this is, of those around now; null: it is none of them. */
export function stepOf(secret: string, code: string, now: Ms): number | null {
  const given = Buffer.from(code.replaceAll(/\s/g, ""));
  const current = Math.floor(now / STEP_MS);
  for (const around of STEPS_AROUND) {
    const right = Buffer.from(codeAt(secret, current + around));
    if (given.length === right.length && timingSafeEqual(given, right)) return current + around;
  }
  return null;
}

/** RFC 4226, 5.3. */
export function codeAt(secret: string, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1)! & 15) & 0x7f_ff_ff_ff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

function bytesOf(secret: string): Buffer {
  const bits = secret
    .split("")
    .map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

const RECOVERY_CODES = 10;
const RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const RECOVERY_FORM = /^[a-z2-9]{12}$/;

/** Ten codes of 59 bits, in a form that is easy to copy by hand. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters: string[] = [];
    // Bytes above the last whole run of letters would make some of them likelier.
    while (letters.length < 12) {
      const [byte] = randomBytes(1) as unknown as [number];
      if (byte < 256 - (256 % RECOVERY_LETTERS.length)) letters.push(RECOVERY_LETTERS[byte % RECOVERY_LETTERS.length]!);
    }
    return letters.join("").replaceAll(/.{4}(?=.)/g, "$&-");
  });
}

/** Null: it has not the form of one. They are random, so a plain hash leaves nothing to guess. */
export function recoveryHashOf(personId: string, code: string): string | null {
  const letters = code.toLowerCase().replaceAll(/[\s-]/g, "");
  return RECOVERY_FORM.test(letters) ? hash("sha256", `${personId} ${letters}`, "hex") : null;
}
