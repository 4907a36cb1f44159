import { commandHelp, commands, helpText } from "./cli/commands.ts";
import { explain } from "./cli/explain.ts";
import { version } from "./cli/version.ts";

/** What was left open by mistake (a connection, a timer) may keep a process that is done no longer than this. */
const LINGER_MS = 1_000;

const [name, ...argv] = process.argv.slice(2);
const code = await main(name, argv);
process.exitCode = code;
setTimeout(() => process.exit(code), LINGER_MS).unref();

async function main(name: string | undefined, argv: string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(helpText());
    return 0;
  }
  if (name === "--version" || name === "-v") {
    console.log(version());
    return 0;
  }
  return run(name, argv);
}

/** A failure that we foresaw is one line that says what to do; anything else shows its stack, since it is a bug of ours. */
async function run(command: string, rest: string[]): Promise<number> {
  const known = commands[command];
  if (!known) {
    console.error(`tillway: there is no command "${command}". See: tillway --help`);
    return 2;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(commandHelp(known));
    return 0;
  }
  try {
    return await known.run(rest);
  } catch (error) {
    const { text, exitCode } = explain(error, command);
    console.error(text);
    return exitCode;
  }
}
