#!/usr/bin/env node
// Committed, so that npm can link it before the first build; the program itself is the build in dist/.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../dist/main.js", import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  console.error("tillway: the program is not built yet. Run: npm run build");
  process.exit(1);
}
await import(main.href);
