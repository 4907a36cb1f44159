/** The sandbox as a process of its own, and as `all` opens it: settings, the journal in a file, its pages for a shopper's browser. */
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { sandboxVariables, startGatewayServer, startSandbox, type FarSide, type SandboxSettings, type Variable } from "@tillway/sandbox";
import { isLoopbackHost, publicUrlOf, SANDBOX_PREFIX } from "../config.ts";
import { VARIABLES } from "../config/variables.ts";
import { makeDirectory } from "../embedded/home.ts";
import { acquireLock } from "../embedded/lock.ts";
import type { Mount } from "../http/app.ts";
import { createHttp } from "../net/http.ts";
import { machineClock } from "../system/clock.ts";
import { createLog } from "../observe/log.ts";
import { UsageError } from "./explain.ts";
import { settingsOf } from "./parts.ts";
import { chosenPort, serve, type Life } from "./running.ts";
import { makeFolder } from "../system/folders.ts";

/** `gateway sandbox`: the simulated gateway as a process of its own, with its journal in a file. */
export async function runSandbox(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: "string" },
      journal: { type: "string" },
      mock: { type: "string" },
      flaky: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const config = settingsOf("gateway");
  const wanted = values.port === undefined ? config.sandbox.port : parsed("--port", values.port, VARIABLES.SANDBOX_PORT);
  const log = createLog({ level: config.logLevel, destination: "stderr", fields: { role: "gateway" } });
  const say = values.json ? console.error : console.log;
  return serve(log, async (life) => {
    const port = await chosenPort(config.host, wanted);
    if (values.journal === undefined) makeDirectory(config.homeDir);
    const journalPath = values.journal ?? journalIn(config.homeDir);
    const publicUrl = publicUrlOf({ host: config.host, publicUrl: null }, port);
    const farSide = await openSandbox(withOptions({ ...config.sandbox.settings, publicUrl }, values), journalPath, life, say);
    const server = await startGatewayServer(farSide, { port, host: config.host });
    life.onStop(() => server.close());
    if (values.json) console.log(JSON.stringify({ url: publicUrl, journal: journalPath }));
    else say(`The sandbox gateway listens on ${publicUrl}; its journal is ${journalPath}`);
    if (!isLoopbackHost(config.host)) say(OPEN_WARNING);
  });
}

const OPEN_WARNING = `Warning: HOST lets other machines reach the sandbox. It is a test double without a guard: anybody who reaches it may register
an account with a webhook address of their choice, which is then called from here. Keep it in a network of its own. GET /journal is answered on
this machine only.`;

export function journalIn(homeDir: string): string {
  return join(homeDir, "sandbox", "journal.jsonl");
}

/** Opens the journal, for this process alone. Throws `EmbeddedPostgresError` if another one has it, `JournalError` if it is damaged. */
export async function openSandbox(
  settings: SandboxSettings,
  journalPath: string,
  life: Life,
  say: (line: string) => void,
): Promise<FarSide> {
  const directory = dirname(journalPath);
  makeFolder(directory);
  const lock = acquireLock(`${journalPath}.lock`, directory);
  life.onStop(async () => lock.release());
  const http = createHttp();
  life.onStop(() => http.close());
  const farSide = await startSandbox({ settings, clock: machineClock(), http, journalPath });
  life.onStop(() => farSide.close());
  for (const note of sandboxNotes(settings)) say(note);
  return farSide;
}

const FORM_MAX_BYTES = 1_024;

const PAGES = { challenges: ["GET", "POST"], fields: ["GET"] } as const;

/** The challenge pages and card fields of the sandbox, under a prefix of the API's own address. The rest of the far side is not reachable there. */
export function sandboxPages(farSide: FarSide): Mount {
  return (pages) => {
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser("*", { parseAs: "string", bodyLimit: FORM_MAX_BYTES }, (_request, body, done) => done(null, body));
    for (const [noun, method] of Object.entries(PAGES))
      pages.route({
        method: [...method],
        url: `${SANDBOX_PREFIX}/${noun}/*`,
        schema: { hide: true },
        handler: async (request, reply) => {
          const body = typeof request.body === "string" ? request.body : null;
          const shown = await farSide.handle({ method: request.method, path: request.url.slice(SANDBOX_PREFIX.length), headers: {}, body });
          return reply.code(shown.status).headers(shown.headers).send(shown.body);
        },
      });
  };
}

/** The command line wins over the environment. Throws `UsageError` that names all values that the option may have. */
export function withOptions(settings: SandboxSettings, options: { mock?: string; flaky?: string }): SandboxSettings {
  return {
    ...settings,
    mock: options.mock === undefined ? settings.mock : parsed("--mock", options.mock, sandboxVariables.SANDBOX_MOCK),
    flaky: options.flaky === undefined ? settings.flaky : parsed("--flaky", options.flaky, sandboxVariables.SANDBOX_FLAKY),
  };
}

/** Printed at the start: a sandbox that fails on purpose should not be a riddle a week later. */
export function sandboxNotes({ mock, flaky }: Pick<SandboxSettings, "mock" | "flaky">): string[] {
  return [
    mock && `Note: the sandbox is a mock: plain payments follow the scenario ${mock}.`,
    flaky && `Note: the sandbox is flaky: a share of ${flaky.rate} of its requests meets ${flaky.kind} (seed ${flaky.seed}).`,
  ].filter((note) => note !== null);
}

function parsed<Value>(name: string, text: string, { form, parse, cure }: Variable<Value>): Value {
  const value = parse(text);
  if (value === undefined) throw new UsageError(`${name} is ${JSON.stringify(text.slice(0, 80))}, which is not ${form}. ${cure}`);
  return value;
}
