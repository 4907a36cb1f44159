// The listener of the API with the documentation and nothing else, from the build.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** @param {string} root @param {string} folder of the site */
export async function siteApp(root, folder) {
  const built = (/** @type {string} */ path) => import(pathToFileURL(join(root, "server/dist", path)).href);
  const [{ createApp }, { docsRoutes }] = await Promise.all([built("http/app.js"), built("api/routes/docs.js")]);
  const log = { info: () => undefined, warn: console.warn, error: console.error };
  const authenticator = { audience: "merchant", authenticate: () => null };
  const deps = { log, clock: { now: Date.now }, random: { bytes: randomBytes }, authenticator };
  const app = createApp(deps, [(/** @type {any} */ each) => docsRoutes(each, folder)]);
  await app.ready();
  return app;
}
