import { startEmbeddedPostgres } from "../../server/src/embedded/launcher.ts";

// A Tillway reduced to its database, for tests that kill it. argv: the home. Prints one line of JSON, then waits for a signal.
const [homeDir = ""] = process.argv.slice(2);

try {
  const server = await startEmbeddedPostgres({ homeDir, log: (line) => process.stderr.write(`${line}\n`), syncFirstStart: false });
  process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
  process.stdout.write(`${JSON.stringify({ databaseUrl: server.databaseUrl, pid: server.pid, adopted: server.adopted })}\n`);
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ name: (error as Error).name, message: (error as Error).message })}\n`);
  process.exit(1);
}
