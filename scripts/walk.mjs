/**
 * Which files one payment walks through, from the request to the settled row, and how large the house is.
 *
 *   node scripts/walk.mjs [--list] [--root DIR]
 *
 * One sandbox payment goes through a `tillway all`, without a webhook endpoint, and V8 counts the calls of each function. A file is
 * walked through if a function of it runs for the payment and none while the process is idle; the far side of the gateway is left out.
 * `--list` names the files; `--root` looks at another checkout, which must be built. Takes about 20 s.
 *
 * Lines of code are those of `src/` of the workspaces that are not blank, comment or test, without the far sides of gateways, the
 * simulator and the launcher of PostgreSQL: 12,940 at ccb619f, where a payment walked through 61 files.
 */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { followPayment, sourceOf } from "./walk/payment.mjs";
import { circles, codeLines, fullest, isBeside, sources } from "./walk/source.mjs";

const { values } = parseArgs({
  options: { root: { type: "string", default: resolve(import.meta.dirname, "..") }, list: { type: "boolean" } },
});
const root = realpathSync(values.root);
const { idle, whole, answer } = await followPayment(root);
const filesOf = (/** @type {Iterable<string>} */ functions) =>
  [...new Set([...functions].map((one) => sourceOf(root, one)))].filter((file) => !isBeside(file)).toSorted();
const idleFiles = new Set(filesOf(idle));
const onlyFor = (/** @type {Set<string>} */ functions) => filesOf([...functions].filter((one) => !idle.has(one)));

const walked = onlyFor(whole);
const home = onlyFor(answer).filter((file) => /^server\/src\/(flows|core)\//.test(file));
const decides = /\/(flows|core\/decide)\//;
print(
  "files that one payment walks through",
  walked.filter((file) => !idleFiles.has(file)),
);
print(
  "files more, of which an idle process runs other functions",
  walked.filter((file) => idleFiles.has(file)),
);
print(
  "files of flows/ and core/decide/ from the gateway's answer to the change that is committed",
  home.filter((file) => decides.test(file)),
);
print(
  "files beside them, in the rest of core/",
  home.filter((file) => !decides.test(file)),
);
const files = sources(root);
const [folder, count] = fullest(files, "server/src/core/decide");
print(`files in ${folder}, the fullest folder of core/decide`, count);
print(
  "circles of imports between files",
  circles(root, files).map((circle) => circle.join(" <-> ")),
);
print("lines of code", codeLines(root, files));

/** @param {string} what @param {string[] | number} found */
function print(what, found) {
  const list = typeof found === "number" ? [] : found;
  console.log(`${String(typeof found === "number" ? found : found.length).padStart(6)}  ${what}`);
  if (values.list) for (const one of list) console.log(`          ${one}`);
}
