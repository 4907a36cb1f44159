import { isTest, listFiles, read } from "./lib.mjs";
import { parseModule } from "./source.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */

const home = "server/src/storage/postgres/";
/** Statements that read or change our rows or tables. A bare `select 1` or a query of PostgreSQL's own catalog is none. */
const statement =
  /^\s*(with\s+(recursive\s+)?\w+[^]*?\bas\b[^]*?\(|select\b[^]*?\bfrom\s+(?!pg_)\w|insert\s+into\s+\w|update\s+\w+\s+(as\s+\w+\s+)?set\b|delete\s+from\s+\w|(create|alter|drop)\s+(unlogged\s+)?(table|index|trigger|function|type)\b)/i;
/** Time comes in as an argument. clock_timestamp() is how the one clock is set, so it is allowed. */
const serverTime = /\bnow\s*\(\s*\)|\bcurrent_(timestamp|time|date)\b|\b(transaction|statement)_timestamp\s*\(/i;

/** @type {import("./lib.mjs").Check} */
export const sqlCheck = {
  name: "sql",
  about: "SQL only in storage/postgres, and never the server's own time",
  run: async (root) => {
    const files = listFiles(root).filter((file) => file.startsWith("server/src/"));
    const modules = files.filter((file) => file.endsWith(".ts") && !isTest(file));
    const scripts = files.filter((file) => file.endsWith(".sql"));
    if (modules.length === 0) throw new Error("found no module in server/src");
    return {
      problems: [...modules.flatMap((file) => moduleProblems(root, file)), ...scripts.flatMap((file) => scriptProblems(root, file))],
    };
  },
};

/** @param {string} root @param {string} file @returns {Problem[]} */
function moduleProblems(root, file) {
  const inside = file.startsWith(home);
  return parseModule(root, file).texts.flatMap(({ text, line }) => {
    if (!inside)
      return statement.test(text)
        ? [{ file, line, message: "holds an SQL statement", cure: `Move it to ${home} and call it through a port.` }]
        : [];
    return serverTimeProblems(file, text, line);
  });
}

/** @param {string} root @param {string} file @returns {Problem[]} */
function scriptProblems(root, file) {
  if (!file.startsWith(home)) return [{ file, line: 0, message: "is an SQL file", cure: `SQL lives in ${home}.` }];
  return serverTimeProblems(file, read(root, file), 1);
}

/** @param {string} file @param {string} text @param {number} firstLine @returns {Problem[]} */
function serverTimeProblems(file, text, firstLine) {
  return text.split("\n").flatMap((line, at) => {
    if (!serverTime.test(line.replace(/--.*$/, ""))) return [];
    return [
      { file, line: firstLine + at, message: "asks the server for the time", cure: "Pass $now from deps.clock: one clock for everything." },
    ];
  });
}
