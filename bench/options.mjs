/** The options of the command line. */
import { parseArgs } from "node:util";

export const USAGE = `npm run bench -- [options]

  --against COMMIT builds that commit in a temporary directory and alternates with it; a checkout that is built is taken as it is
  --empty-stats    compares this build with itself: once on a schema that was vacuumed and analysed while it was empty, once not
  --only NAMES     which figures, with commas between: accept, terminal, delivered (all)
  --loads NAMES    at which loads: full, steady (both)
  --pairs N        runs per figure and side (5; with --empty-stats 3)
  --seconds N      length of each run (4; with --empty-stats 10)
  --connections N  connections of the load generator (64)
  --rate N         payments per second of the steady load (50)
  --json           ends with one line of JSON
  --write          puts the figures into docs/performance.md
  --profile DIR    CPU profiles of the server processes, one file each; slows them down
  --help
`;

const FIGURES = ["accept", "terminal", "delivered"];
const LOADS = ["full", "steady"];

/** Throws an Error with one line if an option is not known or its value is wrong. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      against: { type: "string" },
      "empty-stats": { type: "boolean", default: false },
      only: { type: "string", default: FIGURES.join(",") },
      loads: { type: "string" },
      pairs: { type: "string" },
      seconds: { type: "string" },
      connections: { type: "string", default: "64" },
      rate: { type: "string", default: "50" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { "empty-stats": emptyStats, ...others } = values;
  if (emptyStats && values.against !== undefined) throw new Error("--empty-stats compares this build with itself: leave --against out");
  return {
    ...others,
    emptyStats,
    only: names("only", values.only, FIGURES),
    // A bad plan shows once many rows have piled up.
    loads: names("loads", values.loads ?? (emptyStats ? "full" : LOADS.join(",")), LOADS),
    pairs: whole("pairs", values.pairs ?? (emptyStats ? "3" : "5")),
    seconds: whole("seconds", values.seconds ?? (emptyStats ? "10" : "4")),
    connections: whole("connections", values.connections),
    rate: whole("rate", values.rate),
  };
}

/**
 * The options of a bench of pages: how many visits, and others. Ends the process where they are wrong, or help is asked for.
 * @param runs how many, if nothing is said @returns the values; `runs` is a number
 */
export function readRuns(usage, runs, others = {}) {
  try {
    const { values } = parseArgs({ options: { runs: { type: "string", default: runs }, help: { type: "boolean" }, ...others } });
    if (!/^[1-9]\d?$/.test(values.runs)) throw new Error("--runs is a number from 1 to 99");
    if (!values.help) return { ...values, runs: Number(values.runs) };
  } catch (error) {
    console.error(`bench: ${error.message}\n\n${usage}`);
    process.exit(2);
  }
  console.log(usage);
  process.exit(0);
}

function names(option, text, known) {
  const given = text.split(",");
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--${option} knows ${known.join(", ")}, not ${JSON.stringify(unknown)}`);
  return given;
}

function whole(name, text) {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error(`--${name} must be a whole number from 1, not ${JSON.stringify(text)}`);
  return Number(text);
}
