/** The command line: one table; each command is loaded only when it is called, so that `--help` and `--version` answer at once. */
import { nouns, verbNames, type Noun, type NounName } from "./client/nouns.ts";

export interface Command {
  /** One line for each way to call it. */
  readonly usage: readonly string[];
  readonly summary: string;
  /** Shown by `--help` of this command: the next things a first user needs. */
  readonly notes: string;
  /** As typed into a shell. */
  readonly example: string;
  /** Resolves with the exit code; a server resolves when it has stopped. */
  readonly run: (argv: string[]) => Promise<number>;
}

const PARTS_NEED =
  "It needs DATABASE_URL (with the schema of `tillway migrate`) and TILLWAY_MASTER_KEY, and SANDBOX_URL if an account uses the sandbox.";

export const commands: Readonly<Record<string, Command>> = {
  all: {
    usage: ["tillway all [--json]"],
    summary: "API, worker and sandbox in one process, with a PostgreSQL of its own unless DATABASE_URL is set (npm start)",
    notes: "API_PORT sets the port (8000), TILLWAY_HOME where the data is kept (.tillway), LOG_LEVEL=warn keeps the log quiet.",
    example: "API_PORT=8080 TILLWAY_HOME=/var/lib/tillway tillway all",
    run: async (argv) => (await import("./all.ts")).runAll(argv),
  },
  api: {
    usage: ["tillway api"],
    summary: "the HTTP API alone; needs DATABASE_URL and TILLWAY_MASTER_KEY",
    notes: `${PARTS_NEED} HOST and API_PORT set where it listens (127.0.0.1, 8000), PUBLIC_URL where gateways reach it.`,
    example: "HOST=0.0.0.0 API_PORT=8080 tillway api",
    run: async (argv) => (await import("./parts.ts")).runPart("api", argv),
  },
  worker: {
    usage: ["tillway worker"],
    summary: "a worker alone; needs DATABASE_URL and TILLWAY_MASTER_KEY",
    notes: `${PARTS_NEED} PUBLIC_URL is where gateways reach the API. Any number may run.`,
    example: "PUBLIC_URL=https://pay.example.com tillway worker",
    run: async (argv) => (await import("./parts.ts")).runPart("worker", argv),
  },
  migrate: {
    usage: ["tillway migrate [--json]"],
    summary: "bring the schema of DATABASE_URL up to date",
    notes: "The database itself must exist. Safe to run again, and beside running processes.",
    example: "DATABASE_URL=postgres://user:password@127.0.0.1:5432/tillway tillway migrate",
    run: async (argv) => (await import("./parts.ts")).runMigrate(argv),
  },
  gateway: {
    usage: [
      "tillway gateway sandbox [--port 8001] [--journal FILE] [--mock SCENARIO] [--flaky FAULT:RATE[:SEED]] [--json]",
      "tillway gateway stripe [--port 8002] [--journal FILE] [--secret-key KEY] [--webhook-url URL] [--webhook-secret SECRET] [--json]",
      "tillway gateway razorpay [--port 8003] [--journal FILE] [--key-id ID] [--key-secret SECRET] [--webhook-url URL] [--webhook-secret SECRET] [--json]",
    ],
    summary: "a simulated gateway as a process of its own: the sandbox, or the API of Stripe or Razorpay",
    notes:
      "The sandbox's journal is in TILLWAY_HOME unless --journal names a file; the others have one only if it does. --mock lets plain payments follow a scenario, --flaky lets requests fail; see docs/test-scenarios.md. They are meant for this machine: only their accounts' keys guard them.",
    example: "tillway gateway sandbox --mock insufficient-funds --flaky timeout-after:0.2\n  tillway gateway stripe --port 8002",
    run: async (argv) => (await import("./gateway.ts")).runGateway(argv),
  },
  merchant: {
    usage: [
      "tillway merchant create --name NAME --email EMAIL [--webhook-url URL] [--time-zone ZONE] [--json]",
      "tillway merchant key --email EMAIL [--json]",
      "tillway merchant webhook --email EMAIL --url URL [--json]",
      "tillway merchant time-zone --email EMAIL --time-zone ZONE [--json]",
    ],
    summary:
      "create a merchant with a test key and a sandbox account, make another key, or set where its events are sent or where its days begin; secrets are shown once",
    notes:
      "Without DATABASE_URL it works on the Tillway that runs in TILLWAY_HOME; with it, it needs TILLWAY_MASTER_KEY. A new URL gets a new signing secret, the same URL keeps its own.",
    example: [
      'tillway merchant create --name "Shop" --email shop@example.com',
      "tillway merchant key --email shop@example.com",
      "tillway merchant webhook --email shop@example.com --url https://shop.example.com/hook",
      "tillway merchant time-zone --email shop@example.com --time-zone Asia/Kolkata",
    ].join("\n  "),
    run: async (argv) => (await import("./merchant.ts")).runMerchant(argv),
  },
  "master-key": {
    usage: ["tillway master-key status [--json]", "tillway master-key rotate [--out FILE] [--json]", "tillway master-key retire [--json]"],
    summary: "put another master key in the place of the one in use, without a stop",
    notes:
      "`rotate` makes a key that opens the database beside the old one; all parts are started anew with it, one after the other; `retire` then ends the old one. Nothing that is sealed is written anew, and no key, link or secret of a merchant changes.",
    example: "tillway master-key rotate --out new-master-key",
    run: async (argv) => (await import("./master-key.ts")).runMasterKey(argv),
  },
  restore: {
    usage: [
      "tillway restore status [--json]",
      'tillway restore begin --reason "TEXT" [--since TIME] [--json]',
      "tillway restore sweep [--json]",
      'tillway restore finish [--force "REASON"] [--json]',
    ],
    summary: "a database that was restored from a backup: what still keeps money from moving, and letting it move again",
    notes:
      "Tillway notices most restores by itself; `begin` is for one that nothing could notice. Until `finish` no charge, capture or refund is sent. `finish` refuses while the gateway of an account was not asked what the backup has forgotten, unless --force says why. docs/operations.md has the steps.",
    example: [
      "tillway restore status",
      'tillway restore begin --reason "The disk was set back to the snapshot of 09:00" --since 2026-01-31T08:55:00Z',
      "tillway restore finish",
    ].join("\n  "),
    run: async (argv) => (await import("./restore.ts")).runRestore(argv),
  },
  people: {
    usage: [
      "tillway people list [--json]",
      "tillway people invite --merchant EMAIL --email EMAIL --role ROLE [--operator yes] [--json]",
      "tillway people sign-in-link --email EMAIL [--json]",
      "tillway people reset-totp --email EMAIL [--json]",
    ],
    summary: "those who sign in to the dashboard: list them, invite one, make a link to a new password, or take a lost second factor away",
    notes:
      "Without DATABASE_URL it works on the Tillway that runs in TILLWAY_HOME; with it, it needs TILLWAY_MASTER_KEY. --merchant is the e-mail address of the merchant. Links are shown here and sent to nobody: set DASHBOARD_URL or DASHBOARD_PORT as for the server. docs/dashboard.md says what each role may do.",
    example: [
      "tillway people list",
      "tillway people invite --merchant shop@example.com --email ann@example.com --role owner",
      "tillway people sign-in-link --email ann@example.com",
    ].join("\n  "),
    run: async (argv) => (await import("./people.ts")).runPeople(argv),
  },
  cases: {
    usage: [
      "tillway cases list [--status open|resolved] [--kind KIND] [--email EMAIL] [--limit 20] [--after CASE] [--json]",
      "tillway cases show CASE [--json]",
      'tillway cases resolve CASE --reason "TEXT" --by NAME [--json]',
    ],
    summary: "cases that a person must look at: list them, show one with its evidence and attempts, resolve one",
    notes:
      "Without DATABASE_URL it looks into the Tillway that runs in TILLWAY_HOME; with it, it needs TILLWAY_MASTER_KEY. Resolving moves no money and stops no question to the gateway. docs/cases.md says what each kind means and what to do.",
    example: [
      "tillway cases list --status open",
      "tillway cases show case_01KAJ0000000000000000000AB",
      'tillway cases resolve case_01KAJ0000000000000000000AB --reason "Given back at the gateway" --by "Ann Lee"',
    ].join("\n  "),
    // The operator's, over the database; with an address it is the merchant's, over the API.
    run: async (argv) =>
      asksApi(argv) ? (await import("./client/run.ts")).runNoun("cases", argv) : (await import("./cases.ts")).runCases(argv),
  },
  dlq: {
    usage: [
      "tillway dlq list [--status open|replayed|discarded] [--engine redis|kafka] [--place TOPIC] [--text TEXT] [--limit 20] [--after MESSAGE] [--json]",
      "tillway dlq show MESSAGE [--json]",
      'tillway dlq replay MESSAGE --by NAME [--reason "TEXT"] [--json]',
      'tillway dlq discard MESSAGE --reason "TEXT" --by NAME [--json]',
      'tillway dlq replay-all --by NAME [--engine redis|kafka] [--place TOPIC] [--text TEXT] [--limit 1000] [--dry-run yes] [--reason "TEXT"] [--json]',
      'tillway dlq discard-all --reason "TEXT" --by NAME [--engine redis|kafka] [--place TOPIC] [--text TEXT] [--limit 1000] [--dry-run yes] [--json]',
    ],
    summary: "messages of Redis or Kafka that can't be read: list them, show one, make the job due that it names, or discard it",
    notes:
      "Without DATABASE_URL it looks into the Tillway that runs in TILLWAY_HOME; with it, it needs TILLWAY_MASTER_KEY. They belong to no merchant; a merchant's failed deliveries and jobs are `tillway dead-letters`. docs/engines.md says how they come about.",
    example: [
      "tillway dlq list",
      "tillway dlq show dmsg_01KAJ0000000000000000000AB",
      'tillway dlq discard dmsg_01KAJ0000000000000000000AB --reason "Written by a test of ours" --by "Ann Lee"',
    ].join("\n  "),
    run: async (argv) => (await import("./dlq.ts")).runDlq(argv),
  },
  audit: {
    usage: [
      "tillway audit actions --email EMAIL [--mode test|live] [--actor ID] [--action NAME] [--subject ID] [--limit 20] [--after ID] [--json]",
      "tillway audit export --email EMAIL --out FILE [--from TIME] [--until TIME] [--json]",
      "tillway audit verify FILE [--head HASH] [--key KEY] [--json]",
      "tillway audit head --email EMAIL [--json]",
      "tillway audit key --email EMAIL [--json]",
    ],
    summary: "who changed what, and an export of events and admin actions that anybody can check without a database",
    notes:
      "`verify` opens no database. It names the first row that was changed, removed, added or moved, and exits with 1 then. With TILLWAY_MASTER_KEY, or --key with what `audit key` shows, it sees a chain that was made anew; with --head and a hash that was noted outside, newer seals that were removed. docs/audit.md has an example.",
    example: [
      "tillway audit head --email shop@example.com",
      "tillway audit export --email shop@example.com --out audit.ndjson",
      "tillway audit verify audit.ndjson --head HASH",
    ].join("\n  "),
    run: async (argv) => (await import("./audit.ts")).runAudit(argv),
  },
  doctor: {
    usage: ["tillway doctor [--for all|api|worker|migrate|merchant|cases|gateway] [--json]"],
    summary: "check the configuration: all faults at once, each with its cure; changes nothing",
    notes:
      "Environment, Node, home, disk, port, PostgreSQL (version, rights, migrations, connections, clock) and master key. Without --for it checks `api` if DATABASE_URL and TILLWAY_MASTER_KEY are set, else `all`. Exit code 78 if something does not work.",
    example: "tillway doctor --for worker",
    run: async (argv) => (await import("./doctor/run.ts")).runDoctor(argv),
  },
  listen: {
    usage: ["tillway listen --forward EVENT=URL [--forward EVENT=URL] [--state FILE] [--secret WHSEC] [--skip] [--url URL] [--json]"],
    summary: "send new events to addresses of yours, signed as webhooks, without an endpoint; goes on where it stopped",
    notes:
      "EVENT is *, payment.* or a type, several with commas between; a URL alone gets all. Events of a payment come in order, each until your server answers 2xx. It waits for a Tillway or a server that restarts. --skip forgets what was not sent; --secret signs as an endpoint that you have.",
    example: "tillway listen --forward payment.*=http://127.0.0.1:4000/hook --forward refund.*=http://127.0.0.1:4000/refunds",
    run: async (argv) => (await import("./listen/run.ts")).runListen(argv),
  },
  trigger: {
    usage: ["tillway trigger EVENT [--amount 49900] [--currency INR] [--url URL] [--json]"],
    summary: "make a payment at the sandbox that takes the way to an event, and wait for the event",
    notes: "For trying out webhooks. `tillway trigger x` names the events that it can make happen.",
    example: "tillway trigger payment.failed",
    run: async (argv) => (await import("./client/trigger.ts")).runTrigger(argv),
  },
  simulate: {
    usage: ["tillway simulate [--seeds 200] [--from 1] [--seed S] [--planted] [--plant NAME] [--json]"],
    summary: "prove it: random faults and crashes against the real core, judged by the far side's own ledger",
    notes: "--seed shows one seed with all that happened in it; --planted shows which seed finds each planted bug.",
    example: "tillway simulate --seeds 2000",
    run: async (argv) => (await import("./simulate.ts")).runSimulate(argv),
  },
};

/** A name of the command line and what it runs; null if there is none. Names of both tables are in `commandNames`. */
export function commandNamed(name: string): (Pick<Command, "run"> & { help: (verb: string | undefined) => Promise<string> }) | null {
  if (Object.hasOwn(commands, name)) return { run: commands[name]!.run, help: async () => commandHelp(commands[name]!) };
  if (!Object.hasOwn(nouns, name)) return null;
  const noun = name as NounName;
  const client = () => import("./client/run.ts");
  return { run: async (argv) => (await client()).runNoun(noun, argv), help: async (verb) => (await client()).nounHelp(noun, verb) };
}

export function commandNames(): string[] {
  return [...new Set([...Object.keys(commands), ...Object.keys(nouns), "help"])];
}

export function helpText(): string {
  const rows = Object.values(commands).map(({ usage, summary }) => `${indented(usage)}\n      ${summary}`);
  const clients = Object.entries<Noun>(nouns).map(([name, noun]) => `  tillway ${name} ${verbNames(noun).join("|")}\n      ${noun.about}`);
  const more =
    "`tillway help COMMAND` shows more. Most commands take --json. Settings come from the environment; see docs/configuration.md. Exit codes: docs/cli.md.";
  return `Tillway: one API in front of many payment gateways.\n\nUsage:\n${rows.join("\n")}\n\nBeside a running Tillway, over its API:\n${clients.join("\n")}\n\n${more}`;
}

/** The help of one command. */
export function commandHelp({ usage, summary, notes, example }: Command): string {
  const sentence = `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;
  return `Usage:\n${indented(usage)}\n\n${sentence}\n\n${notes}\n\nExample:\n  ${example}`;
}

/** `cases` is a command of both kinds. */
function asksApi(argv: readonly string[]): boolean {
  return argv[0] === "get" || argv.some((word) => word === "--url" || word.startsWith("--url="));
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
