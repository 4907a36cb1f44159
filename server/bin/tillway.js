#!/usr/bin/env node
// Committed, so that npm can link it before the first build; the program itself is the build in dist/. CommonJS, so that nothing but V8 has
// threads yet.
"use strict";
const { existsSync, readdirSync } = require("node:fs");
const { setPriority } = require("node:os");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

yieldOfHelpers();
const main = join(__dirname, "../dist/main.js");
if (!existsSync(main)) {
  console.error("tillway: the program is not built yet. Run: npm run build");
  process.exit(1);
}
void import(pathToFileURL(main).href);

/**
 * V8's own threads, which mark and compile beside the program, get a core when it leaves one. As equals they took most of a single core from it for
 * a tenth of a second every three seconds, and refusals under overload came late (docs/performance.md). Linux tells threads apart; elsewhere all stays.
 */
function yieldOfHelpers() {
  try {
    for (const id of readdirSync("/proc/self/task")) if (Number(id) !== process.pid) setPriority(Number(id), 19);
  } catch {
    // A system that has no such list, or does not let us: it only costs.
  }
}
