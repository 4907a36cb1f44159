import { parseSync } from "oxc-parser";
import { lineAt, read } from "./lib.mjs";

/**
 * One way a module names another. `names` are the imported names, empty for `import "x"`, `["*"]` for a namespace.
 * `computed` is set if the name is put together while the program runs.
 * @typedef {{ specifier: string, line: number, names: string[], typeOnly: boolean, dynamic: boolean, computed: boolean }} Import
 */

/**
 * A string or template literal of a module.
 * @typedef {{ text: string, line: number }} Text
 */

/**
 * A node of the syntax tree, as the walk below sees it.
 * @typedef {{ type: string, start: number, [key: string]: any }} Node
 */

/**
 * Parses one TypeScript or JavaScript file. Throws if it cannot be parsed: a file that nobody can read is never "fine".
 * @param {string} root
 * @param {string} file
 * @returns {{ imports: Import[], texts: Text[] }}
 */
export function parseModule(root, file) {
  const source = read(root, file);
  /** @type {Import[]} */
  const imports = [];
  /** @type {Text[]} */
  const texts = [];
  visitModule(file, source, (node) => {
    const found = importOf(node);
    if (found) imports.push({ ...found, line: lineAt(source, node.start) });
    if (node.type === "Literal" && typeof node.value === "string") texts.push({ text: node.value, line: lineAt(source, node.start) });
    if (node.type === "TemplateLiteral") texts.push({ text: templateText(node), line: lineAt(source, node.start) });
  });
  return { imports, texts };
}

/**
 * Each node of one file's syntax tree. Throws as `parseModule` does.
 * @param {string} file
 * @param {string} source
 * @param {(node: Node) => void} visit
 */
export function visitModule(file, source, visit) {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  walk(program, visit);
}

/**
 * @param {unknown} node
 * @param {(node: Node) => void} visit
 */
function walk(node, visit) {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit);
  } else if (typeof node === "object" && node !== null) {
    if ("type" in node && typeof node.type === "string") visit(/** @type {Node} */ (node));
    for (const value of Object.values(node)) if (typeof value === "object" && value !== null) walk(value, visit);
  }
}

/**
 * @param {Node} node
 * @returns {Omit<Import, "line"> | null}
 */
function importOf(node) {
  const fixed = { names: /** @type {string[]} */ ([]), typeOnly: false, dynamic: false, computed: false };
  switch (node.type) {
    case "ImportDeclaration":
      return {
        ...fixed,
        specifier: node.source.value,
        names: node.specifiers.map(importedName),
        typeOnly: isTypeOnly(node, node.importKind),
      };
    case "ExportNamedDeclaration":
      return node.source === null
        ? null
        : { ...fixed, specifier: node.source.value, names: ["*"], typeOnly: isTypeOnly(node, node.exportKind) };
    case "ExportAllDeclaration":
      return { ...fixed, specifier: node.source.value, names: ["*"], typeOnly: node.exportKind === "type" };
    case "TSImportType":
      return {
        ...fixed,
        specifier: (node.source ?? node.argument).value ?? node.argument?.literal?.value ?? "",
        names: ["*"],
        typeOnly: true,
      };
    case "ImportExpression": {
      const literal = node.source.type === "Literal";
      const start = literal ? node.source.value : node.source.type === "TemplateLiteral" ? (node.source.quasis[0]?.value.cooked ?? "") : "";
      return { ...fixed, specifier: start, names: ["*"], dynamic: true, computed: !literal };
    }
    default:
      return null;
  }
}

/** @param {Node} specifier */
function importedName(specifier) {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  return specifier.imported.name ?? specifier.imported.value;
}

/**
 * True if nothing of the import is left after compilation.
 * @param {Node} node
 * @param {string | undefined} kind
 */
function isTypeOnly(node, kind) {
  if (kind === "type") return true;
  const specifiers = node.specifiers ?? [];
  return specifiers.length > 0 && specifiers.every((/** @type {Node} */ one) => (one.importKind ?? one.exportKind) === "type");
}

/** @param {Node} node */
function templateText(node) {
  return node.quasis.map((/** @type {Node} */ part) => part.value.cooked ?? "").join("?");
}
