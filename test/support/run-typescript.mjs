// Runs a TypeScript module in a process of its own, for tests that kill processes: node run-typescript.mjs module.ts [arguments].
// Node 20 cannot read TypeScript, and a build may be older than the sources; this takes the sources as the tests themselves do.
import { resolve } from "node:path";
import { createViteServer } from "vitest/node";

const [module = "", ...args] = process.argv.slice(2);
const server = await createViteServer({
  configFile: false,
  appType: "custom",
  logLevel: "error",
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, ws: false },
});
process.argv.splice(1, process.argv.length - 1, resolve(module), ...args);
await server.ssrLoadModule(resolve(module));
