/** The Tillway that all pages meet: started once, by the command of the README, in a directory that looks like a clone. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../journeys/support/ports.ts";
import { environmentWithoutOurs, launch } from "../journeys/support/program.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { freshDatabase } from "../support/databases.ts";
import type { OpenApi } from "./compare.ts";
import type { World } from "./page.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param pythonLibraries where `standardwebhooks` is installed */
export async function openWorld(serverUrl: string, pythonLibraries: string): Promise<World & { close(): Promise<void> }> {
  const stops: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const { path, remove } = temporaryPlace();
    stops.push(remove);
    const clone = cloneIn(path);
    const [apiPort, ownPort, sandboxPort, stripePort, razorpayPort, shopPort] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const database = await freshDatabase(serverUrl);
    stops.push(() => database.drop());
    const home = join(clone, ".tillway");
    const program = launch(["all"], { TILLWAY_HOME: home, API_PORT: String(apiPort), LOG_LEVEL: "warn" });
    stops.push(() => program.stop());
    await program.printed(/Stop with Ctrl-C/, 90_000);
    const keys = JSON.parse(readFileSync(join(home, "test-keys.json"), "utf8")) as { key: string; secret: string };
    const url = `http://127.0.0.1:${apiPort}`;
    return {
      clone,
      url,
      environment: {
        ...environmentWithoutOurs(),
        PATH: `${join(clone, "node_modules/.bin")}:${process.env.PATH}`,
        LOG_LEVEL: "warn",
        PYTHONPATH: pythonLibraries,
        PIP_TARGET: pythonLibraries,
        npm_config_update_notifier: "false",
      },
      standIns: [
        // The same program, which is on the PATH: npm takes a second to find it, a hundred times over. One command keeps it.
        [/^npx (?=tillway (?!payments list))/gm, ""],
        [/\b(?<=(127\.0\.0\.1:|--port ))8001\b/g, String(sandboxPort)],
        [/\b(?<=(127\.0\.0\.1:|--port ))8002\b/g, String(stripePort)],
        [/\b(?<=(127\.0\.0\.1:|--port ))8003\b/g, String(razorpayPort)],
        [/(?<=(127\.0\.0\.1:|127\.0\.0\.1", |PORT=|listen\(|port: ))4000\b/g, String(shopPort)],
        [/postgres:\/\/(user:password@127\.0\.0\.1:5432\/tillway|…)/g, database.url],
        [/(?<=TILLWAY_MASTER_KEY=)…/g, "07".repeat(32)],
      ],
      known: { TILLWAY_KEY: keys.key, TILLWAY_SECRET: keys.secret, TILLWAY_WEBHOOK_SECRET: `whsec_${"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}` },
      teachers: ["README.md", "docs/quickstart.md"],
      ownPort,
      document: JSON.parse(readFileSync(join(root, "docs/openapi.json"), "utf8")) as OpenApi,
      startedBy: "npm ci && npm start",
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a page may name is there, and what a block writes stays outside of the checkout. */
function cloneIn(path: string): string {
  const clone = join(path, "tillway");
  mkdirSync(clone);
  for (const name of readdirSync(root)) if (!name.startsWith(".")) symlinkSync(join(root, name), join(clone, name));
  return clone;
}
