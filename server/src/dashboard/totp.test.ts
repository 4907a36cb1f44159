import { expect, it } from "vitest";
import { codeAt, newRecoveryCodes, newTotpSecret, recoveryHashOf, stepOf, totpUri } from "./totp.ts";

/** The secret "12345678901234567890" of RFC 6238, appendix B. */
const RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

it.each([
  [59, "94287082"],
  [1_111_111_109, "07081804"],
  [1_111_111_111, "14050471"],
  [1_234_567_890, "89005924"],
  [2_000_000_000, "69279037"],
  [20_000_000_000, "65353130"],
])("at %i s it is the code of RFC 6238", (seconds, code) => {
  expect(codeAt(RFC, Math.floor(seconds / 30), 8)).toBe(code);
  expect(stepOf(RFC, code.slice(2), seconds * 1_000)).toBe(Math.floor(seconds / 30));
});

it("a secret has 160 bits, and apps read it from the address", () => {
  const secret = newTotpSecret();
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(totpUri(secret, "a+b@people.example")).toBe(
    `otpauth://totp/Tillway:a%2Bb%40people.example?secret=${secret}&issuer=Tillway&algorithm=SHA1&digits=6&period=30`,
  );
});

it("recovery codes are ten, differ, and are the same however they are typed", () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
  const [code] = codes as [string];
  expect(recoveryHashOf("per_1", code.toUpperCase().replaceAll("-", " "))).toBe(recoveryHashOf("per_1", code));
  expect(recoveryHashOf("per_2", code)).not.toBe(recoveryHashOf("per_1", code));
});
