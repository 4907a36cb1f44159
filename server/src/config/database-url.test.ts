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

it("standbys are read as a list, beside a DATABASE_URL only, and refused without their passwords", () => {
  const [one, other] = ["postgres://u:p@one/shop", "postgres://u:p%2Cq@other/shop"];
  const environment = { DATABASE_URL: "postgres://u@db/shop", DATABASE_REPLICA_URL: `${one}, ${other}` };
  expect(readConfig(environment, "all").replicaUrls).toEqual([one, other]);
  const refusal = (): unknown => readConfig({ ...environment, DATABASE_REPLICA_URL: `${one},postgres://u:hid#den@x/y` }, "all");
  expect(refusal).toThrow(/DATABASE_REPLICA_URL.*a comma as %2C/);
  expect(refusal).not.toThrow(/hid/);
  const alone = readConfig({ DATABASE_REPLICA_URL: one }, "all");
  expect(alone.replicaUrls).toEqual([]);
  expect(alone.warnings).toEqual(["DATABASE_REPLICA_URL is set but has no effect without DATABASE_URL."]);
});
