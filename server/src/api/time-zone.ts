/** Where days begin, and as whose clocks times are written. */
import { Type } from "typebox";
import { TillwayError } from "../core/errors.ts";

export const timeZoneIn = (description: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$",
      description: `${description} A name of the tz database. Default: UTC.`,
      examples: ["Asia/Kolkata"],
    }),
  );

/** What JavaScript and PostgreSQL both know: both take it from the tz database. */
export function zoneOf(name = "UTC"): string {
  try {
    // Not the name that it resolves to: that may be an older one.
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    throw new TillwayError("invalid_field", {
      param: "time_zone",
      message: "time_zone must be a name of the tz database, such as Asia/Kolkata.",
    });
  }
}
