import { constants } from "node:os";
import { commandNamed, commandNames, helpText } from "./cli/commands.ts";
import { errorAsJson, explain } from "./cli/explain.ts";
import { version } from "./cli/version.ts";

/** A connection or timer left open by mistake keeps a finished process alive no longer than this. */
const LINGER_MS = 1_000;
const HANGUP_CODE = 128 + constants.signals.SIGHUP;

const [name = "help", ...argv] = process.argv.slice(2);
const code = await run(name, argv);
process.exitCode = code;
// The terminal is gone. Node would abort when it resets it at its own exit, so we end as the signal would have ended us.
if (code === HANGUP_CODE && process.platform !== "win32") process.kill(process.pid, "SIGHUP");
setTimeout(() => process.exit(code), LINGER_MS).unref();

/** A foreseen failure is one line with its cure; any other shows its stack, since it is a bug of ours. */
async function run(name: string, argv: string[]): Promise<number> {
  const asksForHelp = argv.includes("--help") || argv.includes("-h");
  try {
    if (["help", "--help", "-h"].includes(name)) console.log(await help(argv.filter((word) => !word.startsWith("-"))));
    else if (["--version", "-v"].includes(name)) console.log(argv.includes("--json") ? JSON.stringify({ version: version() }) : version());
    else if (asksForHelp) console.log(await help([name, ...argv.filter((word) => !word.startsWith("-"))]));
    else return await (await known(name)).run(argv);
    return 0;
  } catch (error) {
    const explained = explain(error, name);
    // What an answer said may be in it.
    const { plain, plainJson } = await import("./cli/text.ts");
    console.error(plain(explained.text));
    // A program that reads the output finds one JSON document there in any case.
    if (argv.includes("--json")) console.log(plainJson(errorAsJson(error, explained)));
    return explained.exitCode;
  }
}

/** @param words the name of a command and perhaps of its verb; none: all commands */
async function help([name, verb]: readonly string[]): Promise<string> {
  return name === undefined ? helpText() : (await known(name)).help(verb);
}

async function known(name: string) {
  const command = commandNamed(name);
  if (command !== null) return command;
  const { unknownName } = await import("./cli/text.ts");
  throw unknownName("command", name, commandNames(), "See: tillway --help");
}
