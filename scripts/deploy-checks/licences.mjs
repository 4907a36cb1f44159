// Every package that is shipped is under a licence of the list.
import { licenceFaults, readLock, shippedPackages } from "../licences.mjs";

/** Fewer would mean that the lock file was not understood. */
const PACKAGES_MIN = 50;

export const name = "licences";
export const what = "each package that is shipped is under a licence that scripts/licences.mjs allows";

/** @returns {Promise<string[]>} */
export async function run() {
  const packages = shippedPackages(readLock());
  if (packages.length < PACKAGES_MIN) return [`package-lock.json has ${packages.length} packages that are shipped: the walk misses some`];
  return licenceFaults(packages);
}
