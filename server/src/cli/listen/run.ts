/** `tillway listen`: sends new events to addresses of yours, without an endpoint, and goes on where it stopped. */
import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { acquireLock } from "../../embedded/lock.ts";
import { createHttp } from "../../net/http.ts";
import { createLog } from "../../observe/log.ts";
import { ApiRefusal, openApi } from "../client/api.ts";
import { UsageError } from "../explain.ts";
import { HomeError } from "../home.ts";
import { serve, type Life } from "../running.ts";
import { plain, plainJson } from "../text.ts";
import { version } from "../version.ts";
import { Deliverer, type Told } from "./deliver.ts";
import { newest, pagesAfter, pause, type FeedDeps } from "./feed.ts";
import { readForward, type Forward } from "./forwards.ts";
import { openState, type ListenState } from "./state.ts";
import { makeFolder } from "../../system/folders.ts";

interface Options {
  readonly forwards: readonly Forward[];
  readonly url: string | undefined;
  readonly state: string | undefined;
  /** Of an endpoint that the receiver knows already. */
  readonly secret: string | undefined;
  /** Forget what was not sent, and begin with what is new. */
  readonly skip: boolean;
  readonly json: boolean;
}

export async function runListen(argv: string[]): Promise<number> {
  const options = read(argv);
  const log = createLog({ level: "warn", destination: "stderr" });
  return serve(log, (life) => start(options, life));
}

function read(argv: string[]): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      forward: { type: "string", multiple: true },
      url: { type: "string" },
      state: { type: "string" },
      secret: { type: "string" },
      skip: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  const forwards = (values.forward ?? []).map(readForward);
  if (forwards.length === 0)
    throw new UsageError("say where to send events: tillway listen --forward payment.*=http://127.0.0.1:4000/hook");
  if (new Set(forwards.map(({ url }) => url)).size < forwards.length)
    throw new UsageError("two of --forward have one address: name their events in one, with commas between");
  if (values.secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(values.secret))
    throw new UsageError("--secret takes the secret of a webhook endpoint, whsec_ and base64");
  return { forwards, url: values.url, state: values.state, secret: values.secret, skip: values.skip ?? false, json: values.json ?? false };
}

/** Resolves when it listens; what happens later ends the process by `life.fail`. */
async function start(options: Options, life: Life): Promise<void> {
  const open = () => openApi(options);
  const stopping = new AbortController();
  const isStopped = () => stopping.signal.aborted;
  const sleep = (ms: number) => pause(ms, stopping.signal);
  const say = (text: string, json: object): void => console.log(options.json ? plainJson(JSON.stringify(json)) : plain(text));
  const file = stateFile(open, options);
  holdLock(file, life);
  const state = openState(file);
  life.onStop(() => state.close());
  const http = createHttp();
  life.onStop(() => http.close());
  const silent = (error: Error | null): void =>
    say(error ? `… ${error.message} Waiting for it.` : "… Tillway answers again.", {
      result: error ? "waiting" : "connected",
      error: error?.message,
    });
  const deps: FeedDeps = { open, sleep, isStopped, silent };
  life.onStop(async () => stopping.abort());
  greet(options, state, file, say);
  const cursor = await firstCursor(deps, state, options);
  const secret = options.secret ?? state.secret;
  const told = (each: Told): void => say(lineOf(each), jsonOf(each));
  const deliverer = new Deliverer({
    http,
    state,
    forwards: options.forwards,
    secret,
    userAgent: `Tillway/${version()}`,
    sleep,
    isStopped,
    told,
  });
  const running = forwardAll(deps, deliverer, cursor).catch((error: unknown) => life.fail(error as Error));
  life.onStop(async () => {
    stopping.abort();
    await Promise.all([deliverer.stop(), running]);
  });
}

async function forwardAll(deps: FeedDeps, deliverer: Deliverer, cursor: string | null): Promise<void> {
  try {
    for await (const events of pagesAfter(deps, cursor)) await deliverer.take(events);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status !== 400) throw error;
    throw new HomeError(
      `This Tillway does not know the event ${cursor}, after which to go on: its database is another one. --skip begins with what is new.`,
    );
  }
}

/** Where it stopped, or at what is new. */
async function firstCursor(deps: FeedDeps, state: ListenState, { skip }: Options): Promise<string | null> {
  if (state.cursor !== null && !skip) return state.cursor;
  const cursor = await newest(deps);
  if (cursor !== null) await state.pass([cursor]);
  return cursor;
}

/** One file for each Tillway and merchant: both have their own events. */
function stateFile(open: typeof openApi, { state }: Options): string {
  if (state !== undefined) return resolve(state);
  const { homeDir, keyId } = open();
  return join(homeDir, "listen", `${createHash("sha256").update(keyId).digest("hex").slice(0, 16)}.jsonl`);
}

function holdLock(file: string, life: Life): void {
  makeFolder(dirname(file));
  try {
    const lock = acquireLock(`${file}.lock`, file);
    life.onStop(async () => lock.release());
  } catch (error) {
    if ((error as Error).name !== "EmbeddedPostgresError") throw error;
    throw new UsageError(`another tillway listen uses ${file}: end it, or give this one a file of its own by --state`);
  }
}

function greet({ forwards, secret }: Options, state: ListenState, file: string, say: (text: string, json: object) => void): void {
  const where = forwards.map(({ filters, url }) => `  ${filters.join(",")} → ${url}`).join("\n");
  const shown = state.isNew && secret === undefined ? state.secret : undefined;
  const signed = secret !== undefined ? "Signed with the secret of --secret." : "Signed with the secret that was shown at the first start.";
  const secretLine = shown === undefined ? signed : `Signing secret, shown this once: ${shown}`;
  const resumed = state.cursor === null ? "Begins with what is new." : `Goes on after ${state.cursor}.`;
  say(`Listening for events. ${resumed} Ctrl-C ends it; nothing is lost by that.\n${where}\n${secretLine}\n`, {
    result: "listening",
    forwards,
    secret: shown,
    cursor: state.cursor,
    state: file,
  });
}

function lineOf({ result, event, url, status, error, try: tries, duration_ms: ms }: Told): string {
  const answer = status === null ? (error ?? "no answer") : String(status);
  const after = { delivered: "", retrying: ", tried again", given_up: ", given up: tillway events resend sends it again" }[result];
  return `${new Date().toISOString().slice(11, 19)}  ${event.type.padEnd(26)} ${event.id} → ${url}  ${answer} in ${ms} ms${tries > 1 ? `, try ${tries}` : ""}${after}`;
}

function jsonOf({ event, ...told }: Told): object {
  return { ...told, event_id: event.id, type: event.type };
}
