/** What may be said on the command line. */
import { parseArgs } from "node:util";

export const USAGE = `npm run bench -- [options]

  --only NAMES     which figures, with commas between: accept, terminal, delivered (all)
  --pairs N        measurements per figure, each between two runs of pgbench (5)
  --seconds N      length of each run (5)
  --connections N  connections of the load generator (64)
  --json           ends with one line of JSON
  --write          puts the figures into docs/performance.md
  --profile DIR    CPU profiles of the server processes, one file each; slows them down
  --help
`;

const FIGURES = ["accept", "terminal", "delivered"];

/** Throws an Error with one line where something cannot be understood. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: "string", default: FIGURES.join(",") },
      pairs: { type: "string", default: "5" },
      seconds: { type: "string", default: "5" },
      connections: { type: "string", default: "64" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const only = values.only.split(",");
  const unknown = only.find((name) => !FIGURES.includes(name));
  if (unknown !== undefined) throw new Error(`--only knows ${FIGURES.join(", ")}, not ${JSON.stringify(unknown)}`);
  return {
    ...values,
    only,
    pairs: whole("pairs", values.pairs),
    seconds: whole("seconds", values.seconds),
    connections: whole("connections", values.connections),
  };
}

function whole(name, text) {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error(`--${name} must be a whole number from 1, not ${JSON.stringify(text)}`);
  return Number(text);
}
