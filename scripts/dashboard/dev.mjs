// The dashboard for `npm run dev`: Vite shows what is changed as it is saved, and all of the API comes from the listener that runs.
import { createServer } from "vite";
import { viteConfig } from "./vite.mjs";

/** @param {string} root @param {string} target where the dashboard's listener answers @returns {Promise<string>} its address */
export async function serveDashboard(root, target) {
  // To that listener our requests are its own page's: it refuses those of other origins.
  const proxy = { target, changeOrigin: true, headers: { origin: target } };
  const server = await createServer({
    ...viteConfig(root),
    server: { host: "localhost", port: 5173, proxy: { "/v1": proxy } },
  });
  await server.listen();
  return server.resolvedUrls?.local[0] ?? "";
}
