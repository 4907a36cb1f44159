import { listen, serveRole } from "./parts.ts";

/** The HTTP API alone, until a signal. The schema must be up to date (`tillway migrate`). */
export function runApi(argv: string[]): Promise<number> {
  return serveRole("api", argv, async ({ config, log, parts, life }) => {
    const { port, close } = await listen(parts.apps.api(), config, "api");
    life.onStop(close);
    log.info({ host: config.host, port }, "the API listens");
  });
}
