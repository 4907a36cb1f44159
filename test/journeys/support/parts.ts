import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshDatabase } from "../../support/databases.ts";
import { waitFor } from "../../support/wait-for.ts";
import { Merchant } from "./merchant.ts";
import { freePort } from "./ports.ts";
import { launch, run, type Program } from "./program.ts";

/** The parts of Tillway as processes of their own, over one database. */
export interface PartsOfTillway {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly databaseUrl: string;
  readonly shop: Merchant;
  readonly webhookSecret: string;
  readonly api: Program;
  readonly gateway: Program;
  /** The newest worker. */
  readonly worker: Program;
  startWorker(): Promise<Program>;
  startGateway(): Promise<Program>;
  /** Everything that the processes ever printed, those that were killed too. */
  printed(): string;
  journalText(): string;
  close(): Promise<void>;
}

/** @param environment for all parts */
export async function startParts(
  serverUrl: string,
  webhookUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<PartsOfTillway> {
  const stops: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    return await build(serverUrl, { webhookUrl, environment, stops, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Building {
  readonly webhookUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stops: (() => unknown)[];
  readonly close: () => Promise<void>;
}

async function build(serverUrl: string, { webhookUrl, environment, stops, close }: Building): Promise<PartsOfTillway> {
  const directory = mkdtempSync(join(tmpdir(), "tillway parts "));
  stops.push(() => rmSync(directory, { recursive: true, force: true }));
  const database = await freshDatabase(serverUrl);
  stops.push(() => database.drop());
  const [apiPort, sandboxPort] = [await freePort(), await freePort()];
  const urls = { url: `http://127.0.0.1:${apiPort}`, sandboxUrl: `http://127.0.0.1:${sandboxPort}` };
  const env = {
    DATABASE_URL: database.url,
    TILLWAY_MASTER_KEY: "5a".repeat(32),
    SANDBOX_URL: urls.sandboxUrl,
    API_PORT: String(apiPort),
    TEST_MODE: "true",
    ...environment,
  };
  const journal = join(directory, "journal.jsonl");
  await succeed(["migrate"], env);
  const keys = JSON.parse(
    await succeed(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example", "--webhook-url", webhookUrl, "--json"], env),
  );

  const programs: Program[] = [];
  const start = async (argv: string[], ready: RegExp): Promise<Program> => {
    const program = launch(argv, env);
    programs.push(program);
    stops.push(() => program.stop("SIGKILL"));
    await program.printed(ready);
    return program;
  };
  const current: Record<"gateway" | "api" | "worker", Program | null> = { gateway: null, api: null, worker: null };
  const startGateway = async () =>
    (current.gateway = await start(["gateway", "sandbox", "--port", String(sandboxPort), "--journal", journal], /listens on http/));
  const startWorker = async () => (current.worker = await start(["worker"], /the worker works/));
  await startGateway();
  current.api = await start(["api"], /the API listens/);
  await startWorker();
  await waitFor("the API to be ready", async () => (await fetch(`${urls.url}/health/ready`)).ok);
  return {
    ...urls,
    databaseUrl: database.url,
    shop: new Merchant(urls.url, keys),
    webhookSecret: keys.webhook_secret,
    get api() {
      return current.api!;
    },
    get gateway() {
      return current.gateway!;
    },
    get worker() {
      return current.worker!;
    },
    startGateway,
    startWorker,
    printed: () => programs.map((program) => program.out + program.err).join("\n"),
    journalText: () => readFileSync(journal, "utf8"),
    close,
  };
}

async function succeed(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const { code, out, err } = await run(argv, environment);
  if (code !== 0) throw new Error(`tillway ${argv.join(" ")} ended with ${code}: ${err}${out}`);
  return out;
}
