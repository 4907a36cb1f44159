import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { generateDocs } from "../docs/drift.mjs";

/** @type {import("./lib.mjs").Check} */
export const driftCheck = {
  name: "drift",
  about: "generated parts of the documents and docs/openapi.json say what the code says",
  run: async (root) => ({ problems: (await generateDocs(root, { write: false })).problems }),
};

const schemaScript = "scripts/schema.mjs";
const schemaFile = "server/src/storage/postgres/schema.sql";

/** @type {import("./lib.mjs").Check} */
export const schemaCheck = {
  name: "schema",
  about: "schema.sql is what the migrations make",
  run: async (root) => {
    if (!existsSync(join(root, schemaScript))) throw new Error(`${schemaScript} is missing`);
    const { failed, output } = await runSchemaCheck(root);
    return { problems: failed ? [{ file: schemaFile, line: 0, message: output || "differs", cure: `node ${schemaScript}` }] : [] };
  },
};

/** @param {string} root @returns {Promise<{ failed: boolean, output: string }>} */
function runSchemaCheck(root) {
  return new Promise((resolve) => {
    execFile(process.execPath, [schemaScript, "--check"], { cwd: root, encoding: "utf8", maxBuffer: 16 << 20 }, (error, output, errors) =>
      resolve({ failed: error !== null, output: `${output}${errors}`.trim() }),
    );
  });
}
