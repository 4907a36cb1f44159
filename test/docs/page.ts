/** A reader of one page: a shell, further terminals, and what they have printed so far. */
import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../support/wait-for.ts";
import { kindOf, terminalOf, unclassified, type Block, type Step } from "./blocks.ts";
import { outputFault, readingFault, type OpenApi } from "./compare.ts";

/** What the readers of all pages share. */
export interface World {
  /** A directory that looks like a clone, with the home of a Tillway that runs. */
  readonly clone: string;
  readonly url: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Variables that a page may take for granted, as it was taught by the quickstart; those that teach it begin without. */
  readonly known: Readonly<Record<string, string>>;
  readonly teachers: readonly string[];
  /** The words of a page that stand for something else here, and what they stand for. */
  readonly standIns: readonly (readonly [RegExp, string])[];
  /** Of a Tillway that a page starts by itself, beside this one. */
  readonly ownPort: number;
  readonly document: OpenApi;
  /** The block that started this Tillway: a page that shows it too need not start another one. */
  readonly startedBy: string;
}

/** Everything in a page ends sooner; a bound for what hangs. */
const STEP_MAX_MS = 60_000;
const OUTPUT_MAX_MS = 60_000;

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
  printed(): string;
  complained(): string;
}

export class Page {
  readonly #world: World;
  readonly #folder: string;
  readonly #runs: Run[] = [];
  readonly #terminals = new Map<string, Run>();
  #port: number;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#folder = join(world.clone, ".page");
    this.#port = Number(new URL(world.url).port);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
    this.#learn(world.teachers.includes(name) ? {} : world.known);
  }

  /** What is wrong with the step, in a sentence; null: it does what the page says. */
  async fault(step: Step): Promise<string | null> {
    const { block } = step;
    const { document, startedBy, url } = this.#world;
    const unknown = [block, ...step.outputs].map(unclassified).find((fault) => fault !== null);
    if (unknown !== undefined && unknown !== null) return unknown;
    if (kindOf(block) === "nothing" || block.text === startedBy) return null;
    if (kindOf(block) === "read") return readingFault(block, { document, metrics: await textOf(`${url}/metrics`) });
    try {
      const terminal = terminalOf(block);
      return terminal === null ? await this.#here(step) : await this.#inTerminal(step, terminal);
    } catch (error) {
      return (error as Error).message;
    }
  }

  async close(): Promise<void> {
    for (const run of this.#runs.toReversed()) await end(run);
    for (const left of [this.#folder, join(this.#world.clone, ".tillway/listen")]) rmSync(left, { recursive: true, force: true });
  }

  async #here({ block, outputs }: Step): Promise<string | null> {
    const giveUp = performance.now() + OUTPUT_MAX_MS;
    for (;;) {
      const run = this.#start(block);
      const code = await Promise.race([run.ended, sleep(STEP_MAX_MS, null, { ref: false })]);
      if (code === null) {
        await end(run);
        return `it has not ended in ${STEP_MAX_MS} ms: ${tail(run)}`;
      }
      const isWanted = (code !== 0) === block.words.includes("refused");
      const own = outputs.filter((output) => terminalOf(output) === null);
      const fault = isWanted ? outputsFault(own, run.printed()) : `it ended with exit code ${code}`;
      if (fault === null) return this.#elsewhere(outputs);
      if (!block.words.includes("eventually") || performance.now() > giveUp) return `${fault}: ${tail(run)}`;
      await sleep(200);
    }
  }

  /** What other terminals show after a block. */
  async #elsewhere(outputs: readonly Block[]): Promise<string | null> {
    for (const output of outputs) {
      const terminal = terminalOf(output);
      if (terminal === null) continue;
      const run = this.#terminals.get(terminal);
      const fault = run === undefined ? `nothing runs in ${terminal}` : await showing(run, [output], /\S/);
      if (fault !== null) return fault;
    }
    return null;
  }

  async #inTerminal({ block, outputs }: Step, terminal: string): Promise<string | null> {
    await end(this.#terminals.get(terminal));
    const run = this.#start(block);
    this.#terminals.set(terminal, run);
    const fault = await showing(run, outputs, /\bnpm start$/m.test(block.text) ? /Stop with Ctrl-C/ : /\S/);
    const [, key, secret] = /TILLWAY_KEY=(\S+) TILLWAY_SECRET=(\S+)/.exec(run.printed()) ?? [];
    if (key !== undefined && secret !== undefined) this.#learn({ TILLWAY_KEY: key, TILLWAY_SECRET: secret });
    return fault;
  }

  #start(block: Block): Run {
    const { known, ownPort, standIns } = this.#world;
    if (startsTillway.test(block.text)) {
      this.#port = ownPort;
      this.#learn({ TILLWAY_HOME: join(this.#folder, "home"), API_PORT: String(ownPort), CHECKOUT_PORT: "0", DASHBOARD_PORT: "0" });
    }
    const printed = [Object.values(known).join(" "), ...this.#runs.map((run) => run.printed())].join("\n");
    const words = [...standIns, [/\b(localhost|127\.0\.0\.1):8000\b/g, `127.0.0.1:${this.#port}`] as const];
    const text = filledIn(
      words.reduce((all, [word, meaning]) => all.replace(word, meaning), block.text),
      printed,
    );
    const run = spawnBlock(this.#world, { folder: this.#folder, block, text, n: this.#runs.length });
    this.#runs.push(run);
    return run;
  }

  /** For all blocks that follow. */
  #learn(variables: Readonly<Record<string, string>>): void {
    const lines = Object.entries(variables).map(([variable, value]) => `declare -x ${variable}='${value}'\n`);
    appendFileSync(join(this.#folder, "environment"), lines.join(""));
  }
}

/** A Tillway, or parts of one, beside the one that runs: with a home and a port of their own. */
const startsTillway = /\bnpm start$|\btillway(\.js)? gateway\b/m;

function outputsFault(outputs: readonly Block[], printed: string): string | null {
  return outputs.map((output) => outputFault(output, printed)).find((fault) => fault !== null) ?? null;
}

/** Until a terminal shows what the page shows, and at least this. */
async function showing(run: Run, outputs: readonly Block[], least: RegExp): Promise<string | null> {
  let fault: string | null = null;
  const look = () => {
    fault = least.test(run.printed() + run.complained()) ? outputsFault(outputs, run.printed()) : "it prints nothing";
    return fault === null || run.child.exitCode !== null || run.child.signalCode !== null;
  };
  await waitFor("a terminal to show it", look, { timeoutMs: OUTPUT_MAX_MS, pauseMs: 50 }).catch(() => undefined);
  return fault === null ? null : `${fault as string}: ${tail(run)}`;
}

/** A block with what it leaves to the reader: ids and secrets that the page has printed last. Throws if there is none. */
function filledIn(text: string, printed: string): string {
  const filled = text.replace(/\b(pk_test|sk_test|whsec|[a-z]+)_…/g, (given, prefix: string) => {
    const form = prefix === "whsec" ? "[A-Za-z0-9+/=]+" : prefix.includes("_") ? "\\w+" : "[0-9A-HJKMNP-TV-Z]{26}";
    return [...printed.matchAll(new RegExp(`\\b${prefix}_${form}`, "g"))].at(-1)?.[0] ?? given;
  });
  const [open] = /\S*…\S*/.exec(filled) ?? [];
  if (open !== undefined) throw new Error(`nothing that the page has printed so far can stand for ${open}`);
  return filled;
}

const prelude = (folder: string, isTerminal: boolean) => `
set -aeo pipefail
. "${folder}/environment"
${isTerminal ? "" : `trap 'export -p > "${folder}/environment"' EXIT`}
# A refusal is an exit code.
curl() { command curl --fail-with-body "$@"; }
# As npx does with what is installed, without the second that npm takes to start.
npx() { command "$@"; }
# This clone is installed and built.
npm() {
  case "$1" in
    ci) ;;
    start) eval "$(node -p 'require("./package.json").scripts.start')" ;;
    *) command npm "$@" ;;
  esac
}
`;

interface Started {
  readonly folder: string;
  readonly block: Block;
  readonly text: string;
  readonly n: number;
}

function spawnBlock(world: World, { folder, block, text, n }: Started): Run {
  const { language } = block;
  const file = join(folder, `${n}.${language === "python" ? "py" : language === "js" ? "mjs" : "sh"}`);
  writeFileSync(file, `${text}\n`);
  const command = language === "python" ? `exec python3 "${file}"` : language === "js" ? `exec node "${file}"` : `. "${file}"`;
  const outFile = join(folder, `${n}.out`);
  const errFile = join(folder, `${n}.err`);
  const files = [openSync(outFile, "w"), openSync(errFile, "w")] as const;
  // A group of its own: what a block leaves in the background ends with the page.
  const child = spawn("bash", ["-c", `${prelude(folder, terminalOf(block) !== null)}${command}`], {
    cwd: world.clone,
    env: world.environment,
    detached: true,
    stdio: ["ignore", ...files],
  });
  for (const each of files) closeSync(each);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
  return { child, ended, printed: () => readFileSync(outFile, "utf8"), complained: () => readFileSync(errFile, "utf8") };
}

/** Ctrl-C to everything that the block has started; what does not end is killed. */
async function end(run: Run | undefined): Promise<void> {
  if (run?.child.pid === undefined) return;
  const group = -run.child.pid;
  const lives = () => {
    try {
      return process.kill(group, 0);
    } catch {
      return false;
    }
  };
  if (!lives()) return;
  process.kill(group, "SIGTERM");
  await waitFor("it to end", () => !lives(), { timeoutMs: 20_000 }).catch(() => process.kill(group, "SIGKILL"));
}

function tail(run: Run): string {
  return `${run.printed()}${run.complained()}`.trim().slice(-1_500) || "it printed nothing";
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}
