/** A page's script with all that it imports, as one file. A real shop has a build for that. */
import { fileURLToPath } from "node:url";
import { build } from "vite";

/** @param {URL} entry @returns {Promise<string>} */
export async function bundle(entry) {
  const made = await build({
    configFile: false,
    logLevel: "error",
    define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
    build: { write: false, rolldownOptions: { input: fileURLToPath(entry), output: { format: "iife" } } },
  });
  const [result] = Array.isArray(made) ? made : [made];
  if (!result || !("output" in result)) throw new Error("vite watches instead of building");
  return result.output[0].code;
}
