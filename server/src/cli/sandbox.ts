/** The sandbox's far side as `all` and `gateway sandbox` open it: settings, the journal in a file, its pages for a shopper's browser. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { bankSettings, type FarSide, sandboxVariables, type SandboxSettings, startSandbox, type Variable } from "@tillway/sandbox";
import type { Config } from "../config.ts";
import { acquireLock } from "../embedded/lock.ts";
import type { Mount } from "../http/app.ts";
import { createHttp } from "../net/http.ts";
import { machineClock } from "../system/clock.ts";
import { UsageError } from "./explain.ts";
import type { Life } from "./running.ts";

interface SandboxOptions {
  readonly mock?: string;
  readonly flaky?: string;
}

export interface SandboxPlace {
  readonly journalPath: string;
  /** Where a shopper's browser reaches the far side's own pages. */
  readonly publicUrl: string;
  /** What the command line says in place of the environment. */
  readonly options?: SandboxOptions;
}

/**
 * Opens the journal, for this process alone. Throws `EmbeddedPostgresError` if another one has it, `JournalError` if it is damaged,
 * `UsageError` if an option cannot be used.
 */
export async function openSandbox(config: Config, { journalPath, publicUrl, options = {} }: SandboxPlace, life: Life): Promise<FarSide> {
  const settings = withOptions(sandboxSettings(config, publicUrl), options);
  const directory = dirname(journalPath);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = acquireLock(`${journalPath}.lock`, directory);
  life.onStop(async () => lock.release());
  const http = createHttp();
  life.onStop(() => http.close());
  const farSide = await startSandbox({ settings, clock: machineClock(), http, journalPath });
  life.onStop(() => farSide.close());
  for (const note of sandboxNotes(settings)) console.log(note);
  return farSide;
}

/** Where the all-in-one process shows the far side's own pages: a shopper's browser cannot reach into the process. */
export const SANDBOX_PREFIX = "/sandbox";
const FORM_MAX_BYTES = 1_024;

/** The challenge pages of the sandbox, under a prefix of the API's own address. Nothing else of the far side is reachable there. */
export function sandboxPages(farSide: FarSide): Mount {
  return (pages) => {
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser("*", { parseAs: "string", bodyLimit: FORM_MAX_BYTES }, (_request, body, done) => done(null, body));
    pages.route({
      method: ["GET", "POST"],
      url: `${SANDBOX_PREFIX}/challenges/*`,
      schema: { hide: true },
      handler: async (request, reply) => {
        const body = typeof request.body === "string" ? request.body : null;
        const shown = await farSide.handle({ method: request.method, path: request.url.slice(SANDBOX_PREFIX.length), headers: {}, body });
        return reply.code(shown.status).headers(shown.headers).send(shown.body);
      },
    });
  };
}

/** The sandbox's behaviour from the environment; what is not set is a bank: 5 seconds, 80 % approved. */
export function sandboxSettings({ sandbox }: Pick<Config, "sandbox">, publicUrl = bankSettings.publicUrl): SandboxSettings {
  const { url: _url, port: _port, ...behaviour } = sandbox;
  return { ...behaviour, publicUrl };
}

/** The command line wins over the environment. Throws `UsageError` that names all that an option may hold. */
export function withOptions(settings: SandboxSettings, options: SandboxOptions): SandboxSettings {
  return {
    ...settings,
    mock: options.mock === undefined ? settings.mock : parsed("--mock", options.mock, sandboxVariables.SANDBOX_MOCK),
    flaky: options.flaky === undefined ? settings.flaky : parsed("--flaky", options.flaky, sandboxVariables.SANDBOX_FLAKY),
  };
}

/** For people, at the start: a sandbox that fails on purpose should not be a riddle a week later. */
export function sandboxNotes({ mock, flaky }: Pick<SandboxSettings, "mock" | "flaky">): string[] {
  const notes: string[] = [];
  if (mock !== null) notes.push(`Note: the sandbox is a mock: plain payments follow the scenario ${mock}.`);
  if (flaky !== null)
    notes.push(`Note: the sandbox is flaky: a share of ${flaky.rate} of its requests meets ${flaky.kind} (seed ${flaky.seed}).`);
  return notes;
}

function parsed<Value>(name: string, text: string, { form, parse, cure }: Variable<Value>): Value {
  const value = parse(text);
  if (value === undefined) throw new UsageError(`${name} is ${JSON.stringify(text.slice(0, 80))}, which is not ${form}. ${cure}`);
  return value;
}
