import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { isTest, listFiles, read } from "./lib.mjs";
import { configReaders, coreAllows, optionalEngines, rings, sandbox, sdk } from "./rings-table.mjs";
import { parseModule } from "./source.mjs";
import { circles } from "../walk/source.mjs";

const base = "server/src/";
const tableCure = "The table is in scripts/check/rings-table.mjs.";

/** @type {import("./lib.mjs").Check} */
export const ringsCheck = {
  name: "rings",
  about: "who imports whom, that no imports go in a circle, and that no optional engine is imported at start",
  run: async (root) => {
    const files = listFiles(root).filter((file) => file.startsWith(base) && file.endsWith(".ts"));
    const known = new Set(files);
    const optional = optionalNames(root);
    /** @type {import("./lib.mjs").Problem[]} */
    const problems = [];
    let modules = 0;
    let edges = 0;
    for (const file of files) {
      const { imports } = parseModule(root, file);
      modules += 1;
      edges += imports.length;
      if (rowOf(unitOf(file)) === undefined) problems.push(unknownUnit(file));
      for (const one of imports) {
        const complaint = judge({ file, known, optional }, one);
        if (complaint) problems.push({ file, line: one.line, ...complaint });
      }
    }
    problems.push(...circleProblems(root, files), ...sandboxProblems(root), ...sdkProblems(root), ...sawEverything(root, modules, edges));
    return { problems, note: `${modules} modules, ${edges} imports` };
  },
};

/**
 * @param {{ file: string, known: Set<string>, optional: string[] }} context
 * @param {import("./source.mjs").Import} one
 * @returns {{ message: string, cure: string } | null}
 */
function judge({ file, known, optional }, one) {
  if (one.specifier.startsWith(".")) return one.computed ? null : judgeRelative(file, known, one);
  const isOptional = optional.some((name) => `${one.specifier}/`.startsWith(name.endsWith("/") ? name : `${name}/`));
  if (isOptional && !one.dynamic && !one.typeOnly && !isTest(file)) {
    return {
      message: `imports the optional engine ${one.specifier} statically`,
      cure: "Use await import(…) where it is configured, or import type.",
    };
  }
  if (isTest(file)) return null;
  if (one.specifier.startsWith(sandbox.name) && !sandbox.importers.includes(unitOf(file)))
    return {
      message: `${unitOf(file)} imports ${sandbox.name}`,
      cure: `It stands for somebody else's system: only tops reach it. ${tableCure}`,
    };
  return judgePackage(unitOf(file), one);
}

/** Types count as well: files that need each other cannot be read one after the other. @param {string} root @param {string[]} files @returns {import("./lib.mjs").Problem[]} */
function circleProblems(root, files) {
  const program = files.filter((file) => !isTest(file));
  return circles(root, program).map((circle) => ({
    file: /** @type {string} */ (circle[0]),
    line: 1,
    message: `imports in a circle: ${circle.join(", ")}`,
    cure: "Move what both need to where neither of them is, or to the one that the other needs.",
  }));
}

/** The simulated gateways stand on their own, their tests too. @param {string} root @returns {import("./lib.mjs").Problem[]} */
function sandboxProblems(root) {
  const files = listFiles(root).filter((file) => file.startsWith(sandbox.base) && file.endsWith(".ts"));
  return files.flatMap((file) =>
    parseModule(root, file).imports.flatMap(({ specifier, line }) => {
      const target = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
      const own = target.startsWith(sandbox.base);
      if (own && (isTest(file) || file === `${sandbox.base}index.ts` || below(file) !== "" || below(target) === "")) return [];
      if (own) return [{ file, line, message: `imports ${target}`, cure: "What all gateways share knows none of them: hand it in." }];
      if (target.startsWith("node:") || (isTest(file) && !/^(tillway|server|\.\.)(\/|$)/.test(target))) return [];
      const cure = "The sandbox imports nothing but its own files and Node: declare what it needs in sandbox/src/ports.ts.";
      return [{ file, line, message: `imports ${target}`, cure }];
    }),
  );
}

/** Merchants install it alone. Its tests may judge it by other packages, and by the documents, but not by the server's code. @param {string} root @returns {import("./lib.mjs").Problem[]} */
function sdkProblems(root) {
  const files = listFiles(root).filter((file) => file.startsWith(sdk.base) && file.endsWith(".ts"));
  return files.flatMap((file) =>
    parseModule(root, file).imports.flatMap(({ specifier, line }) => {
      const target = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
      if (target.startsWith(sdk.base) && (isTest(file) || !isTest(target))) return [];
      if (isTest(file) && !/^(tillway|server|@tillway|\.\.)(\/|$)/.test(target)) return [];
      return [{ file, line, message: `imports ${target}`, cure: "The client imports nothing but its own files: it is installed alone." }];
    }),
  );
}

/**
 * @param {string} file
 * @param {Set<string>} known
 * @param {import("./source.mjs").Import} one
 */
function judgeRelative(file, known, one) {
  const target = posix.join(posix.dirname(file), one.specifier);
  if (!target.startsWith(base)) {
    return isTest(file) ? null : { message: `imports ${target}, outside of server/src`, cure: "Move what is needed into server/src." };
  }
  if (!known.has(target)) return { message: `imports ${target}, which does not exist`, cure: "Mend the path; it ends in .ts." };
  const from = unitOf(file);
  const to = unitOf(target);
  if (isTest(target) && !isTest(file))
    return { message: `imports the test ${target}`, cure: "Move what is shared into a file of its own." };
  if (from === to || isTest(file)) return null;
  if (to === "main") return { message: "imports main", cure: "Nobody imports main." };
  if (to === "config" && !configReaders.includes(from))
    return { message: `${from} imports config`, cure: "Take the setting as an argument; wire fills it." };
  const row = rowOf(from);
  if (row === undefined || row.may.includes("*") || row.may.includes(to)) return null;
  const allowed = row.may.length === 0 ? "nothing" : row.may.join(", ");
  return {
    message: `${from} imports ${to} (${target}); it may import ${allowed}`,
    cure: `Add a port in core/ports and let wire fill it. ${tableCure}`,
  };
}

/**
 * @param {string} from
 * @param {import("./source.mjs").Import} one
 */
function judgePackage(from, one) {
  if (rowOf(from)?.packages !== "none") return null;
  if (one.computed) return { message: "imports a name that is computed", cure: "Write the name out, or do it in an adapter." };
  const allowed = from === "core" ? /** @type {Record<string, string[]>} */ (coreAllows)[one.specifier] : undefined;
  if (allowed !== undefined && one.names.length > 0 && one.names.every((name) => allowed.includes(name))) return null;
  const names = one.names.length > 0 ? `{ ${one.names.join(", ")} } of ` : "";
  return { message: `${from} imports ${names}${one.specifier}`, cure: `Nothing from outside here: add a port in core/ports. ${tableCure}` };
}

/** The folder below the sandbox's source; empty for what all its gateways share. @param {string} file */
function below(file) {
  return posix.dirname(file).slice(sandbox.base.length);
}

/** A check that sees nothing is red: the parsed modules are compared with a listing made another way. @param {string} root @param {number} modules @param {number} edges */
function sawEverything(root, modules, edges) {
  const folder = join(root, base);
  const there = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")).length
    : 0;
  if (modules > 0 && edges > 0 && modules === there) return [];
  const message = `saw ${modules} modules and ${edges} imports, but there are ${there} files`;
  return [
    {
      file: base,
      line: 0,
      message,
      cure: "The check does not look where the code is (or git ignores a file): mend scripts/check/rings.mjs.",
    },
  ];
}

/** @param {string} file */
function unknownUnit(file) {
  return { file, line: 0, message: `${unitOf(file)} stands in no ring`, cure: `Decide who may import it. ${tableCure}` };
}

/** @param {string} file */
function unitOf(file) {
  return (file.slice(base.length).split("/")[0] ?? "").replace(/(\.test)?\.ts$/, "");
}

/** @param {string} unit */
function rowOf(unit) {
  return rings.find((row) => row.units.includes(unit));
}

/** @param {string} root */
function optionalNames(root) {
  if (!existsSync(join(root, "server/package.json"))) return optionalEngines;
  return [...optionalEngines, ...Object.keys(JSON.parse(read(root, "server/package.json")).optionalDependencies ?? {})];
}
