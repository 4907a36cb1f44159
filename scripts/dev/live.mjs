// What `npm run dev` adds to the checkout's pages, so that one that is open shows what was built last.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf } from "../site/write.mjs";

const SCRIPT = "/assets/dev.js";

/** @typedef {import("../site/write.mjs").ServedFile} ServedFile */

/** @param {ReadonlyMap<string, ServedFile>} files as they are built for shoppers @returns {Map<string, ServedFile>} */
export function withReload(files) {
  const style = [...files.keys()].find((url) => url.endsWith(".css")) ?? null;
  const isPage = (/** @type {ServedFile} */ { type }) => type.startsWith("text/html");
  // A page names its style by a hash: that alone is no change of the code.
  const parts = [...files].flatMap(([url, file]) => (url === style ? [] : [url, file.body.replaceAll(style ?? "", "")]));
  const code = hashOf(parts.join("\n"));
  const tag = `<script type="module" src="${SCRIPT}?code=${code}"></script>\n</head>`;
  return new Map([
    ...[...files].map(
      ([url, file]) => /** @type {const} */ ([url, isPage(file) ? { ...file, body: file.body.replace("</head>", tag) } : file]),
    ),
    [SCRIPT, { type: "text/javascript; charset=utf-8", body: readFileSync(join(import.meta.dirname, "client/client.js"), "utf8") }],
    ["/assets/built.json", { type: "application/json", body: JSON.stringify({ code, style }) }],
  ]);
}
