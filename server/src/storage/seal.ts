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
  /**
   * `v2.<key id>.<base64url of the wrapped record key, then iv, tag, ciphertext>`: AES-256-GCM under a random key of this text alone, which is
   * sealed by the root key. Both have a random 96-bit iv and are bound to the text's place.
   */
  seal(text: string, place: Place): string;
  /** Throws `SealBroken` where the text was changed, moved, cut, or sealed with another key. Opens what older versions sealed, too (`v1`). */
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

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** A record key as it stands before what it seals. */
const WRAPPED_BYTES = IV_BYTES + TAG_BYTES + KEY_BYTES;

/**
 * Seals with keys derived from the root key, one for each purpose, so that no key is ever used for two things.
 * Throws RangeError where the root key has not 32 bytes.
 */
export function sealWith(rootKey: Uint8Array): Seal {
  const sealKey = deriveKey(checked(rootKey), "tillway seal v1");
  const secretKey = deriveKey(rootKey, "tillway api secret v1");
  const ownId = keyIdOf(rootKey);
  const hashSecret = (secret: string): string => createHmac("sha256", secretKey).update(secret).digest("hex");
  return {
    seal: (text, place) => {
      const recordKey = randomBytes(KEY_BYTES);
      const data = Buffer.concat([encrypt(sealKey, recordKey, keyPlaceOf(place)), encrypt(recordKey, Buffer.from(text, "utf8"), place)]);
      return `v2.${ownId}.${data.toString("base64url")}`;
    },
    open: (sealed, place) => {
      const [version, id, text] = sealed.split(".");
      if ((version !== "v1" && version !== "v2") || text === undefined) throw new SealBroken("unknown format");
      if (id !== ownId) throw new SealBroken("it was sealed with another master key");
      const data = Buffer.from(text, "base64url");
      if (version === "v1") return decrypt(sealKey, data, place).toString("utf8");
      const recordKey = decrypt(sealKey, data.subarray(0, WRAPPED_BYTES), keyPlaceOf(place));
      return decrypt(recordKey, data.subarray(WRAPPED_BYTES), place).toString("utf8");
    },
    hashSecret,
    isSecret: (secret, hash) => {
      const [given, kept] = [Buffer.from(hashSecret(secret)), Buffer.from(hash)];
      return given.length === kept.length && timingSafeEqual(given, kept);
    },
  };
}

/** Names a key and says nothing about it. */
export function keyIdOf(key: Uint8Array): string {
  return createHash("sha256").update(deriveKey(key, "tillway key id v1")).digest("hex").slice(0, 8);
}

/** The root key as it is stored, sealed by a master key: another master key opens the same root key after `tillway master-key rotate`. */
export function wrapRoot(rootKey: Uint8Array, masterKey: Uint8Array): string {
  return encrypt(deriveKey(checked(masterKey), "tillway root key v1"), checked(rootKey), rootPlace).toString("base64url");
}

/** Throws `SealBroken` where this master key has not sealed it. */
export function unwrapRoot(wrapped: string, masterKey: Uint8Array): Uint8Array {
  return decrypt(deriveKey(checked(masterKey), "tillway root key v1"), Buffer.from(wrapped, "base64url"), rootPlace);
}

const rootPlace: Place = { table: "root_keys", merchantId: "", mode: "", id: "", column: "wrapped" };
const keyPlaceOf = (place: Place): Place => ({ ...place, column: `key of ${place.column}` });

function checked(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) throw new RangeError(`the master key must have ${KEY_BYTES} bytes, not ${key.length}`);
  return key;
}

/** A key of its own for each purpose, from the one root key. */
export function deriveKey(rootKey: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", rootKey, "", purpose, KEY_BYTES));
}

function encrypt(key: Uint8Array, content: Uint8Array, place: Place): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(boundTo(place));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function decrypt(key: Uint8Array, data: Buffer, place: Place): Buffer {
  // Fewer bytes would be accepted as a shorter, weaker tag.
  if (data.length < IV_BYTES + TAG_BYTES) throw new SealBroken("it is too short");
  const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(place));
  decipher.setAuthTag(data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(data.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SealBroken("it was changed, or moved here from another row");
  }
}

/** As JSON, so that no two places give the same bytes. */
function boundTo(place: Place): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.merchantId, place.mode, place.id, place.column]));
}

/** Of one merchant, so that its auditor can be given it: it proves who made that merchant's seals, and opens nothing. */
export function auditKey(rootKey: Uint8Array, merchantId: string): Buffer {
  return createHmac("sha256", deriveKey(rootKey, "tillway audit v1")).update(merchantId).digest();
}

/** What a seal carries beside its hash. */
export function auditMac(key: Uint8Array, sealHash: string): string {
  return createHmac("sha256", key).update(sealHash).digest("hex");
}

/** Texts that a process has opened and keeps in the clear, as it must while it uses them. */
const OPENED_MAX = 1_000;

/** The same seal for texts that are needed again and again: each is opened once. What was sealed anew is another text. */
export function remembering(seal: Seal): Seal {
  const opened = new Map<string, string>();
  const open = (sealed: string, place: Place): string => {
    const { table, merchantId, mode, id, column } = place;
    const key = `${sealed} ${table} ${merchantId} ${mode} ${id} ${column}`;
    let text = opened.get(key);
    if (text !== undefined) return text;
    text = seal.open(sealed, place);
    if (opened.size >= OPENED_MAX) opened.clear();
    opened.set(key, text);
    return text;
  };
  return { ...seal, open };
}
