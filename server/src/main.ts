import { commands, helpText } from "./cli/commands.ts";
import { explain } from "./cli/explain.ts";
import { version } from "./cli/version.ts";

const [name, ...argv] = process.argv.slice(2);

if (name === undefined || name === "help" || name === "--help" || name === "-h") {
  console.log(helpText());
} else if (name === "--version" || name === "-v") {
  console.log(version());
} else {
  process.exitCode = await run(name, argv);
}

/** A failure that we foresaw is one line that says what to do; anything else shows its stack, since it is a bug of ours. */
async function run(command: string, rest: string[]): Promise<number> {
  const known = commands[command];
  if (!known) {
    console.error(`tillway: there is no command "${command}". See: tillway --help`);
    return 2;
  }
  if (rest.includes("--help")) {
    console.log(`${known.usage}\n  ${known.summary}`);
    return 0;
  }
  try {
    return await known.run(rest);
  } catch (error) {
    console.error(explain(error));
    // What was opened before the failure (connections, timers) must not keep a process that does nothing.
    process.exit(1);
  }
}
