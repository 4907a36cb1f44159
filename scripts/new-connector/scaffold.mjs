import { parseSync } from "oxc-parser";

export const home = "server/src/connectors";
const table = `${home}/index.ts`;

/** Names of files and words that stand beside a connector's own in the table. */
const taken = ["amounts", "base", "conformance", "connectors", "declines", "entry", "exchange", "gateway", "index"];

/**
 * The files of a new connector and the table with its line, by path; or why there can be none.
 * @param {string} name
 * @param {{ readonly there: readonly string[], readonly tableText: string, readonly templates: Readonly<Record<string, string>> }} place
 *   what is in the folder of connectors, the table's text, and the templates by file name
 * @returns {{ readonly files: Readonly<Record<string, string>> } | { readonly problem: string }}
 */
export function scaffold(name, { there, tableText, templates }) {
  if (!/^[a-z][a-z0-9]{1,19}$/.test(name))
    return {
      problem: `${JSON.stringify(name)} is no name of a connector. Use 2 to 20 lower-case letters and digits that begin with a letter, such as acme.`,
    };
  if (taken.includes(name) || parseSync("a.ts", `export const ${name} = 1;`).errors.length > 0)
    return { problem: `${name} is taken by the code around it. Use another name, such as ${name}pay.` };
  if (there.includes(name)) return { problem: `${home}/${name} is there already. Remove it, or use another name.` };
  const line = withLine(tableText, name);
  if (line === null)
    return { problem: `The table in ${table} does not look as expected. Restore it: it ends in \`connectors: … = { … };\`.` };
  const Title = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const written = Object.entries(templates).map(([file, text]) => [
    `${home}/${name}/${file.replace(/\.txt$/, "")}`,
    text.replaceAll("{{name}}", name).replaceAll("{{Title}}", Title),
  ]);
  return { files: { ...Object.fromEntries(written), [table]: line } };
}

/** The table with an import and a member more, both in order of the alphabet. @param {string} text @param {string} name @returns {string | null} */
function withLine(text, name) {
  const members = /(export const connectors: [^=]*= \{)([^}]*)(\};)/.exec(text);
  const imports = [...text.matchAll(/^import \{ (\w+) \} from "\.\/\w+\/index\.ts";\n/gm)];
  if (members === null || imports.length === 0) return null;
  const [whole, head, inner, tail] = members;
  const names = [
    ...(inner ?? "")
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== ""),
    name,
  ].sort();
  const before = imports.find(([, other]) => (other ?? "") > name);
  const last = imports.at(-1);
  const at = before?.index ?? (last?.index ?? 0) + (last?.[0].length ?? 0);
  const withImport = `${text.slice(0, at)}import { ${name} } from "./${name}/index.ts";\n${text.slice(at)}`;
  return withImport.replace(whole, `${head} ${names.join(", ")} ${tail}`);
}
