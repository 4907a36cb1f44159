// The checkout: one program for the hosted page, the frame and the way back from a bank, and the loader for shops, as a map from address to file.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** @typedef {import("../site/write.mjs").ServedFile} ServedFile */

const script = "text/javascript; charset=utf-8";
const types = { js: script, css: "text/css; charset=utf-8" };
const html = "text/html; charset=utf-8";

/** Of what a shop's page loads, and of what must be there before a shopper can type; compressed as they are sent. */
const budgets = { loader: 5 * 1024, critical: 40 * 1024 };

/** @param {string} root @returns {Promise<{ files: Map<string, ServedFile>, over: string[], sizes: Record<string, number> }>} */
export async function buildCheckout(root) {
  /** @type {Map<string, ServedFile>} */
  const files = new Map();
  const outputs = await bundle(root, { input: join(root, "checkout/src/main.tsx"), format: "es" });
  const entry = outputs.find((one) => one.type === "chunk" && one.isEntry);
  if (entry?.type !== "chunk") throw new Error("vite made no entry of checkout/src/main.tsx");
  const styles = outputs.filter((one) => one.fileName.endsWith(".css")).map((one) => one.fileName);
  const critical = [entry.fileName, ...entry.imports, ...styles];
  for (const one of outputs) {
    const body = one.type === "chunk" ? one.code : String(one.source);
    const type = types[/** @type {keyof typeof types} */ (one.fileName.split(".").at(-1))];
    if (type === undefined) throw new Error(`no content type for ${one.fileName}`);
    files.set(`/${one.fileName}`, { type, body, forever: true });
  }
  for (const url of ["/c", "/l", "/embed", "/return", "/404"]) files.set(url, { type: html, body: page(critical) });
  const loader = join(root, "sdk/src/browser/checkout/script.ts");
  if (existsSync(loader)) {
    const [made] = await bundle(root, { input: loader, format: "iife" });
    if (made?.type !== "chunk") throw new Error("vite made no loader");
    files.set("/checkout.js", { type: script, body: made.code });
  }
  const size = (/** @type {string[]} */ urls) => urls.reduce((sum, url) => sum + packed(files.get(url)?.body ?? ""), 0);
  const sizes = { critical: size(critical.map((name) => `/${name}`)), loader: size(["/checkout.js"]) };
  return { files, sizes, over: tooLarge(sizes) };
}

/** @param {Record<keyof typeof budgets, number>} sizes */
function tooLarge(sizes) {
  return Object.entries(budgets).flatMap(([name, most]) => {
    const bytes = sizes[/** @type {keyof typeof budgets} */ (name)];
    return bytes > most ? [`${name} has ${bytes} bytes gzip, of ${most} that it may have`] : [];
  });
}

/** @param {string} body */
function packed(body) {
  return gzipSync(body, { level: 9 }).length;
}

/** @param {string} root @param {{ input: string, format: "es" | "iife" }} what */
async function bundle(root, { input, format }) {
  const result = await build({
    root: join(root, "checkout"),
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: "error",
    resolve: { alias: { "@tillway/sdk/fields": join(root, "sdk/src/browser/fields/index.ts") } },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      cssCodeSplit: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input,
        output: {
          format,
          entryFileNames: "assets/[name].[hash].js",
          chunkFileNames: "assets/[name].[hash].js",
          assetFileNames: "assets/[name].[hash][extname]",
        },
      },
    },
  });
  const made = Array.isArray(result) ? result[0] : result;
  if (made === undefined || !("output" in made)) throw new Error("vite watches instead of building");
  return made.output;
}

/** Nothing inline: the page's policy forbids it. @param {readonly string[]} critical */
function page(critical) {
  const tags = critical.map((name, at) =>
    name.endsWith(".css")
      ? `<link rel="stylesheet" href="/${name}" />`
      : at === 0
        ? `<script type="module" src="/${name}"></script>`
        : `<link rel="modulepreload" href="/${name}" />`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="referrer" content="no-referrer" />
<meta name="robots" content="noindex" />
<title>Checkout</title>
<link rel="icon" href="data:," />
${tags.join("\n")}
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript to take a payment.</noscript>
</body>
</html>
`;
}
