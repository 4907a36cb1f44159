import { needs, type Need } from "./require-services.ts";

/**
 * Servers of MongoDB's wire protocol; neither is MongoDB (docs/operations.md says what they cannot show). FerretDB is a database that others
 * use in earnest, and refuses TTL indexes; the plain server takes them and does not act on them.
 */
export const mongoServers: readonly (Need & { readonly name: string; readonly hasTtl: boolean })[] = [
  { ...needs("ferretdb", process.env["FERRETDB_URL"]), name: "FerretDB", hasTtl: false },
  {
    ...needs("mongo", process.env["PLAIN_MONGODB_URL"] ?? process.env["MONGODB_URL"]),
    name: "a plain server of the wire protocol",
    hasTtl: true,
  },
];

let databases = 0;

/** The same server with a database of its own. */
export function ownDatabase(url: string): string {
  const name = `tillway_${process.pid}_${Date.now().toString(36)}_${++databases}`;
  return url.replace(/^(mongodb:\/\/[^/]+)\/[^?]*/, `$1/${name}`);
}
