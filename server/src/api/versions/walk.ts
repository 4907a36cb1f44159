/** From the current version back to an older one, change by change, and from an older request to the current one. */
import { TillwayError } from "../../core/errors.ts";
import type { ApiVersion, ApiVersions } from "../../core/ports/versions.ts";
import type { Members, Sent, VersionChange } from "./change.ts";

export interface Versions extends ApiVersions {
  /** What a caller of an older version sent, as the current one takes it. */
  read(operationId: string, sent: Sent, from: ApiVersion): Sent;
}

/** @param changes oldest first; those of one version beside each other. The first one's version has nothing before it */
export function createVersions(changes: readonly VersionChange[]): Versions {
  const known = [...new Set(changes.map(({ version }) => version))];
  if (known.join() !== [...known].sort().join() || known.length === 0) throw new Error("the changes of the API are not in order");
  return {
    current: known.at(-1)!,
    known,
    shown(text, from, to) {
      if (to >= from) return text;
      if (!known.includes(from))
        throw new TillwayError("overloaded", { message: `This was written by a newer Tillway (API version ${from}). Ask again later.` });
      let value: unknown = JSON.parse(text);
      for (const { version, resources } of [...changes].reverse())
        if (version > to && version <= from && resources !== undefined) value = before(value, resources);
      return JSON.stringify(value);
    },
    read: (operationId, sent, from) =>
      changes.reduce((so, { version, requests }) => (version > from ? (requests?.[operationId]?.(so) ?? so) : so), sent),
  };
}

/** What merchants or gateways wrote is no resource of ours, whatever its members are called. */
const NOT_OURS: ReadonlySet<string> = new Set(["metadata", "notes", "customer", "evidence", "headers"]);

/** The value with each resource in it as the version before the change showed it; those within others first. */
function before(value: unknown, resources: NonNullable<VersionChange["resources"]>): unknown {
  if (Array.isArray(value)) return value.map((each) => before(each, resources));
  if (typeof value !== "object" || value === null) return value;
  // An event has a version of its own: whoever shows it has seen to that.
  if ((value as Members)["object"] === "event") return value;
  const entries = Object.entries(value).map(([name, member]) => [name, NOT_OURS.has(name) ? member : before(member, resources)] as const);
  const members: Members = Object.fromEntries(entries);
  const { object } = members;
  const change = typeof object === "string" && Object.hasOwn(resources, object) ? resources[object] : undefined;
  return change === undefined ? members : change(members);
}
