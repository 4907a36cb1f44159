// Shows the documentation's site as the API serves it, and builds it again whenever its sources change. `npm run docs:serve -- --port 8010`
import { createServer } from "node:http";
import { watch } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildSite, writeSite } from "./site/build.mjs";
import { inputsHash } from "./site/inputs.mjs";
import { siteApp } from "./site/app.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "server/dist/site");
const port = Number(parseArgs({ options: { port: { type: "string", default: "8010" } } }).values.port);

async function build() {
  const { files, unlisted, missing } = buildSite(root);
  writeSite({ files, unlisted, missing }, folder, inputsHash(root));
  for (const file of unlisted) console.log(`${file} has no place in docs/navigation.json`);
  for (const file of missing) console.log(`docs/navigation.json names ${file}, which does not exist`);
  return await siteApp(root, folder);
}

let app = await build();
const server = createServer((request, response) => app.routing(request, response)).listen(port, "localhost", () => {
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`The documentation is at http://localhost:${address.port}/docs. Stop with Ctrl-C.`);
});

// An editor writes a file in several steps: what comes within a moment is one change.
const SETTLE_MS = 100;
/** @type {NodeJS.Timeout | undefined} */
let timer;
for (const sources of ["docs", "scripts/site/client"]) {
  watch(join(root, sources), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      build().then(
        (next) => {
          app = next;
          console.log("built again");
        },
        (/** @type {Error} */ error) => console.log(error.message),
      );
    }, SETTLE_MS);
  });
}
