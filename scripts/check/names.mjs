import { isTest, listFiles, lineAt, read } from "./lib.mjs";
import { visitModule } from "./source.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */

const base = "server/src/";
const entry = /^server\/src\/connectors\/([a-z][a-z0-9_]*)\/index\.ts$/;
/** What decides, stores and shows for all gateways alike. The tops and the connectors themselves know names. */
const units = ["core", "flows", "worker", "api", "http", "net", "storage", "queues", "deliveries", "observe"];
/** They show readers of the documentation what a name looks like. */
const examples = [
  "server/src/api/openapi-examples.ts",
  "server/src/api/routes/card-fields.ts",
  "server/src/api/routes/connector-accounts.ts",
];

/** @type {import("./lib.mjs").Check} */
export const namesCheck = {
  name: "names",
  about: "no part that serves all gateways asks for one by name",
  run: async (root) => {
    const files = listFiles(root);
    const names = new Set(files.flatMap((file) => entry.exec(file)?.[1] ?? []));
    if (names.size === 0) throw new Error("found no connector in server/src/connectors");
    const looked = files.filter((file) => file.endsWith(".ts") && !isTest(file) && !examples.includes(file) && isOfUnit(file));
    if (looked.length === 0) throw new Error("found no module to look at");
    return { problems: looked.flatMap((file) => problemsOf(root, file, names)), note: [...names].join(", ") };
  },
};

/** @param {string} file */
function isOfUnit(file) {
  return units.some((unit) => file.startsWith(`${base}${unit}/`));
}

/** @param {string} root @param {string} file @param {ReadonlySet<string>} names @returns {Problem[]} */
function problemsOf(root, file, names) {
  const source = read(root, file);
  /** @type {Problem[]} */
  const problems = [];
  visitModule(file, source, (node) => {
    const name = nameIn(node);
    if (name === null || !names.has(name)) return;
    problems.push({
      file,
      line: lineAt(source, node.start),
      message: `asks for the gateway ${name} by name`,
      cure: "Ask its capabilities (core/ports/connector.ts), and let its connector say what it can.",
    });
  });
  return problems;
}

/** A text, or a name in the code, that could be a gateway's. @param {import("./source.mjs").Node} node @returns {string | null} */
function nameIn(node) {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateElement") return node.value.cooked;
  return node.type === "Identifier" ? node.name : null;
}
