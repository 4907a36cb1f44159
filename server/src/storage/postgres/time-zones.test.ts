/** Days are made by the database and shown by JavaScript: a name must mean one zone to both. */
import { expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers } from "../../../../test/support/databases.ts";
import { isTimeZone } from "../../core/time-zone.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
const ofThreeLetters = LETTERS.flatMap((a) => LETTERS.flatMap((b) => LETTERS.map((c) => a + b + c)));
const names = [...Intl.supportedValuesOf("timeZone"), ...ofThreeLetters, "EST5EDT", "GMT0", "Japan", "Zulu"].filter(isTimeZone);
/** One in winter and one in summer, long enough ago for every edition of the tz database. */
const moments = ["2024-01-15T12:00:00Z", "2024-07-15T12:00:00Z"];

for (const server of databaseServers()) {
  test(`each name that is accepted is the same zone to JavaScript and to ${server.name}`, async () => {
    expect(names.length).toBeGreaterThan(400);
    const text = `select n as name, m as moment, to_char(m::timestamptz at time zone n, 'YYYY-MM-DD HH24:MI') as shown
      from unnest($1::text[]) n, unnest($2::text[]) m`;
    const { rows } = await connect(server.url, (client) => client.query(text, [names, moments]));
    const other = rows.filter(({ name, moment, shown }) => shown !== inJavaScript(name, moment));
    expect(other).toEqual([]);
  });
}

function inJavaScript(timeZone: string, moment: string): string {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat("sv-SE", { timeZone, ...parts }).format(new Date(moment));
}

test.each(["IST", "AET", "CET", "ist", "+05:30", "India", ""])("%s is refused", (name) => {
  expect(isTimeZone(name)).toBe(false);
});
