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
    plugins: [tailwindcss()],
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
        },
      },
    },
  };
}
