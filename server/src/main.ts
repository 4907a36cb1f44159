import { constants } from "node:os";
import { commandHelp, commands, helpText } from "./cli/commands.ts";
import { explain } from "./cli/explain.ts";
import { version } from "./cli/version.ts";

/** A connection or timer left open by mistake keeps a finished process alive no longer than this. */
const LINGER_MS = 1_000;
const HANGUP_CODE = 128 + constants.signals.SIGHUP;

const [name, ...argv] = process.argv.slice(2);
const code = await main(name, argv);
process.exitCode = code;
// The terminal is gone. Node would abort when it resets it at its own exit, so we end as the signal would have ended us.
if (code === HANGUP_CODE && process.platform !== "win32") process.kill(process.pid, "SIGHUP");
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

/** A foreseen failure is one line with its cure; any other shows its stack, since it is a bug of ours. */
async function run(command: string, rest: string[]): Promise<number> {
  const known = Object.hasOwn(commands, command) ? commands[command] : undefined;
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
