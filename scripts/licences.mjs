// What the server needs to run, as the lock file has it: its packages and their licences. `npm run licences` prints them.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(import.meta.dirname, "..");
/** What may be shipped with a program under Apache-2.0 without more than its notice. Another one needs a person who has read it. */
const allowed = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT", "MIT-0", "Unlicense"]);
/** What is bundled into the pages that the server sends is shipped as well. */
const shipped = ["server", "checkout", "dashboard"];

/** @typedef {{ version?: string, license?: string, link?: boolean, resolved?: string, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} Entry */
/** @typedef {{ name: string, version: string, license: string }} Package */

/** The packages that are shipped, each version once. @param {Record<string, Entry>} lock its `packages` @returns {Package[]} */
export function shippedPackages(lock) {
  /** @type {Map<string, Package>} */
  const found = new Map();
  const walk = (/** @type {string} */ path) => {
    const { dependencies = {}, optionalDependencies = {} } = lock[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = placeOf(lock, path, name);
      const entry = at === null ? undefined : lock[at];
      if (at === null || entry === undefined || found.has(at)) continue;
      if (entry.link) {
        walk(entry.resolved ?? "");
        continue;
      }
      found.set(at, { name, version: entry.version ?? "", license: entry.license ?? "none that it names" });
      walk(at);
    }
  };
  for (const workspace of shipped) walk(workspace);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where Node would find it: beside the package itself, or above. @param {Record<string, Entry>} lock @param {string} from @param {string} name */
function placeOf(lock, from, name) {
  for (let at = from; ; at = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : "") {
    const place = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
    if (lock[place] !== undefined) return place;
    if (at === "") return null;
  }
}

/** @param {readonly Package[]} packages @returns {string[]} */
export function licenceFaults(packages) {
  return packages
    .filter(({ license }) => !isAllowed(license))
    .map(
      ({ name, version, license }) =>
        `${name}@${version} is under ${license}: read it, then allow it in scripts/licences.mjs or do without the package`,
    );
}

/** `(MIT OR GPL-2.0)` leaves the choice, `MIT AND X` does not. @param {string} license */
function isAllowed(license) {
  const words = license.replaceAll(/[()]/g, "");
  return words.split(" OR ").some((choice) => choice.split(" AND ").every((each) => allowed.has(each.trim())));
}

export function readLock() {
  /** @type {Record<string, Entry>} */
  const packages = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return packages;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const packages = shippedPackages(readLock());
  for (const { name, version, license } of packages) console.log(`${license.padEnd(14)} ${name}@${version}`);
  const faults = licenceFaults(packages);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
