/** The command line: one table; each command is loaded only when it is called, so that `--help` and `--version` answer at once. */
export interface Command {
  readonly usage: string;
  readonly summary: string;
  /** Resolves with the exit code; a server resolves when it has stopped. */
  readonly run: (argv: string[]) => Promise<number>;
}

export const commands: Readonly<Record<string, Command>> = {
  all: {
    usage: "tillway all",
    summary: "API, worker and sandbox in one process, with a PostgreSQL of its own unless DATABASE_URL is set (npm start)",
    run: async (argv) => (await import("./all.ts")).runAll(argv),
  },
  api: {
    usage: "tillway api",
    summary: "the HTTP API alone; needs DATABASE_URL, TILLWAY_MASTER_KEY and SANDBOX_URL",
    run: async (argv) => (await import("./api.ts")).runApi(argv),
  },
  worker: {
    usage: "tillway worker",
    summary: "a worker alone; needs DATABASE_URL, TILLWAY_MASTER_KEY and SANDBOX_URL",
    run: async (argv) => (await import("./worker.ts")).runWorker(argv),
  },
  migrate: {
    usage: "tillway migrate",
    summary: "bring the schema of DATABASE_URL up to date",
    run: async (argv) => (await import("./migrate.ts")).runMigrate(argv),
  },
  gateway: {
    usage: "tillway gateway sandbox [--port 8001] [--journal FILE] [--mock SCENARIO] [--flaky FAULT:RATE[:SEED]]",
    summary: "the sandbox gateway as a process of its own",
    run: async (argv) => (await import("./gateway.ts")).runGateway(argv),
  },
  merchant: {
    usage: "tillway merchant create --name NAME --email EMAIL [--webhook-url URL] [--json]",
    summary: "create a merchant with a test key and a sandbox account; the secret is shown once",
    run: async (argv) => (await import("./merchant.ts")).runMerchant(argv),
  },
  simulate: {
    usage: "tillway simulate [--seeds 200] [--from 1] [--seed S] [--planted] [--plant NAME] [--json]",
    summary: "prove it: random faults and crashes against the real core, judged by the far side's own ledger",
    run: async (argv) => (await import("./simulate.ts")).runSimulate(argv),
  },
};

export function helpText(): string {
  const rows = Object.values(commands).map((command) => `  ${command.usage}\n      ${command.summary}`);
  return `Tillway: one API in front of many payment gateways.\n\nUsage:\n${rows.join("\n")}\n\nSettings come from the environment; see docs/configuration.md.`;
}
