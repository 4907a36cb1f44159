import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** Where a sealed text lies. A ciphertext copied to another place does not open. */
export interface Place {
  readonly table: string;
  readonly merchantId: string;
  readonly mode: string;
  readonly id: string;
  readonly column: string;
}

export interface Seal {
  /** `v1.<key id>.<base64url of iv, tag, ciphertext>`: AES-256-GCM with a random 96-bit iv, bound to its place. */
  seal(text: string, place: Place): string;
  /** Throws `SealBroken` where the text was changed, moved, cut, or sealed with another key. */
  open(sealed: string, place: Place): string;
  /** HMAC-SHA256 of an API secret, hex. Secrets are random, so a keyed hash is enough: there is nothing to guess. */
  hashSecret(secret: string): string;
  /** In constant time. */
  isSecret(secret: string, hash: string): boolean;
}

/** Says nothing about the content. */
export class SealBroken extends Error {
  constructor(reason: string) {
    super(`a sealed value does not open: ${reason}`);
    this.name = "SealBroken";
  }
}

const MASTER_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals with keys derived from the master key, one for each purpose, so that no key is ever used for two things.
 * Throws RangeError where the master key has not 32 bytes.
 */
export function sealWith(masterKey: Uint8Array): Seal {
  if (masterKey.length !== MASTER_KEY_BYTES)
    throw new RangeError(`the master key must have ${MASTER_KEY_BYTES} bytes, not ${masterKey.length}`);
  const sealKey = deriveKey(masterKey, "tillway seal v1");
  const secretKey = deriveKey(masterKey, "tillway api secret v1");
  const keyId = createHash("sha256").update(deriveKey(masterKey, "tillway key id v1")).digest("hex").slice(0, 8);
  const hashSecret = (secret: string): string => createHmac("sha256", secretKey).update(secret).digest("hex");
  return {
    seal: (text, place) => `v1.${keyId}.${encrypt(sealKey, text, place).toString("base64url")}`,
    open: (sealed, place) => {
      const [version, id, data] = sealed.split(".");
      if (version !== "v1" || data === undefined) throw new SealBroken("unknown format");
      if (id !== keyId) throw new SealBroken("it was sealed with another master key");
      return decrypt(sealKey, Buffer.from(data, "base64url"), place);
    },
    hashSecret,
    isSecret: (secret, hash) => {
      const [given, kept] = [Buffer.from(hashSecret(secret)), Buffer.from(hash)];
      return given.length === kept.length && timingSafeEqual(given, kept);
    },
  };
}

/** A key of its own for each purpose, from the one master key. */
export function deriveKey(masterKey: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", masterKey, "", purpose, 32));
}

function encrypt(key: Buffer, text: string, place: Place): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(boundTo(place));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, data: Buffer, place: Place): string {
  // Fewer bytes would be accepted as a shorter, weaker tag.
  if (data.length < IV_BYTES + TAG_BYTES) throw new SealBroken("it is too short");
  const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(place));
  decipher.setAuthTag(data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(data.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    throw new SealBroken("it was changed, or moved here from another row");
  }
}

/** As JSON, so that no two places give the same bytes. */
function boundTo(place: Place): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.merchantId, place.mode, place.id, place.column]));
}

/** Of one merchant, so that its auditor can be given it: it proves who made that merchant's seals, and opens nothing. */
export function auditKey(masterKey: Uint8Array, merchantId: string): Buffer {
  return createHmac("sha256", deriveKey(masterKey, "tillway audit v1")).update(merchantId).digest();
}

/** What a seal carries beside its hash. */
export function auditMac(key: Uint8Array, sealHash: string): string {
  return createHmac("sha256", key).update(sealHash).digest("hex");
}
