/** The files of the embedded profile in TILLWAY_HOME beside the database: the master key, the operator's and the test merchant's keys, all 0600. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OPERATOR_KEY } from "../config/client.ts";
import { readText, writePrivately } from "../embedded/home.ts";

/** `url` and `dashboard_url` are where the Tillway of this home last listened; files of older versions lack them. */
export type TestKeys = Readonly<Record<"merchant_id" | "key" | "secret", string> & { url?: string; dashboard_url?: string }>;

/** A file in the home is not as we wrote it; `message` is one line with the cure. */
export class HomeError extends Error {
  override readonly name = "HomeError";
}

/** The key that seals secrets at rest; made at the first start. Throws `HomeError` if the file is not 32 bytes of hex. */
export function masterKeyOf(home: string): Uint8Array {
  const file = join(home, "master-key");
  if (!existsSync(file)) writePrivately(file, `${randomBytes(32).toString("hex")}\n`);
  const text = readFileSync(file, "utf8").trim();
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new HomeError(`${file} does not hold 64 hex digits. Put the old file back; without it the stored secrets cannot be read.`);
  return Buffer.from(text, "hex");
}

/** The same, or null if there is none yet. */
export function knownMasterKey(home: string): Uint8Array | null {
  return existsSync(join(home, "master-key")) ? masterKeyOf(home) : null;
}

/** The key with which the operator creates merchants; made at the first start. Throws `HomeError` if the file holds none. */
export function operatorKeyOf(home: string): string {
  const known = knownOperatorKey(home);
  if (known !== null) return known;
  // The beginning lets logs hide it wherever it stands.
  const made = `opk_${randomBytes(32).toString("base64url")}`;
  writePrivately(operatorKeyFile(home), `${made}\n`);
  return made;
}

/** The same, or null if there is none yet. */
export function knownOperatorKey(home: string): string | null {
  const text = readText(operatorKeyFile(home));
  if (text !== null && !OPERATOR_KEY.test(text))
    throw new HomeError(
      `${operatorKeyFile(home)} does not hold 32 to 200 printable characters. Remove it, and the next start makes another key.`,
    );
  return text;
}

export function operatorKeyFile(home: string): string {
  return join(home, "operator-key");
}

export function readTestKeys(home: string): TestKeys | null {
  try {
    return JSON.parse(readFileSync(testKeysFile(home), "utf8")) as TestKeys;
  } catch {
    return null; // A torn file is as good as none: new keys are made.
  }
}

export function writeTestKeys(home: string, keys: TestKeys): void {
  writePrivately(testKeysFile(home), `${JSON.stringify(keys, null, 2)}\n`);
}

export function testKeysFile(home: string): string {
  return join(home, "test-keys.json");
}
