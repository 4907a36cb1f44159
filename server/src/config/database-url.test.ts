import { expect, it } from "vitest";
import { readConfig } from "../config.ts";

it.each(["p#ss", "p?ss", "p/ss", "1#2", "1?2", "1/2", "100%", "a%zz"])(
  "a raw special character in the password of DATABASE_URL is refused with what to do, and without the password: %s (R24)",
  (password) => {
    const environment = {
      DATABASE_URL: `postgres://user:${password}@host:5432/shop`,
      TILLWAY_MASTER_KEY: "07".repeat(32),
      SANDBOX_URL: "http://s",
    };
    const refusal = (): unknown => readConfig(environment, "api");
    expect(refusal).toThrow(/DATABASE_URL.*encode special characters.*# as %23/);
    expect(refusal).not.toThrow(password);
    const encoded = { ...environment, DATABASE_URL: `postgres://user:${encodeURIComponent(password)}@host:5432/shop?application_name=a@b` };
    expect(readConfig(encoded, "api").databaseUrl).toBe(encoded.DATABASE_URL);
  },
);
