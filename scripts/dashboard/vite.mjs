// How Vite makes the dashboard's page, for the build and for `npm run dev`.
import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";

/** @param {string} root @returns {import("vite").InlineConfig} */
export function viteConfig(root) {
  return {
    root: join(root, "dashboard"),
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: "error",
    plugins: [tailwindcss(), preloadMain(), compileAhead()],
    oxc: { jsx: { runtime: "automatic" } },
    build: {
      write: false,
      target: "es2022",
      // The policy forbids nothing that it needs, but every browser that we support has it.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      rolldownOptions: {
        output: {
          entryFileNames: "assets/[name].[hash].js",
          chunkFileNames: "assets/[name].[hash].js",
          assetFileNames: "assets/[name].[hash][extname]",
          // Each file is a request: what all pages need is one, however many modules of it a page imports as well.
          codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: fileOf(root) }] },
        },
      },
    },
  };
}

/**
 * Which file a module goes to: what every page needs, with what home needs of the kit, is one. What runs before it stays apart.
 * @param {string} root
 */
function fileOf(root) {
  const from = (/** @type {string} */ file) => join(root, "dashboard/src", file);
  /** @type {Set<string> | null} */
  let shell = null;
  /** @param {string} id @param {Modules} context */
  return (id, context) => {
    if (shell === null) {
      const [first, main, home] = /** @type {const} */ (["first.ts", "main.tsx", "routes/home/home.tsx"]);
      const before = reached(from(first), context);
      const kit = [...reached(from(home), context)].filter((one) => !one.startsWith(from("routes/home/")));
      const ofAll = [...reached(from(main), context), ...kit];
      shell = new Set(ofAll.filter((one) => !before.has(one)));
    }
    return shell.has(id) ? "shell" : null;
  };
}

/** @typedef {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} Modules */

/** A module with all that it imports at once. @param {string} id @param {Modules} modules @param {Set<string>} seen */
function reached(id, modules, seen = new Set()) {
  if (seen.has(id)) return seen;
  seen.add(id);
  for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) reached(imported, modules, seen);
  return seen;
}

/** @returns {import("vite").Plugin} */
function preloadMain() {
  return {
    name: "tillway:preload-main",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        // Vite's own server has no bundle, and needs none of this.
        const main = Object.values(bundle ?? {}).find(
          (one) => one.type === "chunk" && one.moduleIds.some((id) => id.endsWith("/src/main.tsx")),
        );
        if (main?.type !== "chunk") return [];
        const names = [main.fileName, ...main.imports].filter((name) => !html.includes(name));
        return names.map((name) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: "", href: `/${name}` },
          injectTo: "head",
        }));
      },
    },
  };
}

/**
 * Tells the browser that each function of what home loads is called at once (V8's explicit compile hints, Chromium 136 and later; a comment to all
 * others): it is compiled beside its download, and not one function after the other when they are called, on the thread that draws.
 * @returns {import("vite").Plugin}
 */
function compileAhead() {
  return {
    name: "tillway:compile-ahead",
    generateBundle: {
      // Vite puts a line of its own first.
      order: "post",
      handler(_options, bundle) {
        for (const one of Object.values(bundle)) {
          if (one.type === "chunk" && (one.name === "shell" || one.name === "home")) one.code = `//# allFunctionsCalledOnLoad\n${one.code}`;
        }
      },
    },
  };
}
