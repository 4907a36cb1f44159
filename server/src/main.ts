import { constants } from "node:os";
import { commandHelp, commands, helpText } from "./cli/commands.ts";
import { explain, UsageError } from "./cli/explain.ts";
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
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (["help", "--help", "-h"].includes(name)) console.log(helpText());
    else if (["--version", "-v"].includes(name)) console.log(version());
    else if (!command) throw new UsageError(`there is no command "${name}". See: tillway --help`);
    else if (argv.includes("--help") || argv.includes("-h")) console.log(commandHelp(command));
    else return await command.run(argv);
    return 0;
  } catch (error) {
    const { text, exitCode } = explain(error, name);
    console.error(text);
    return exitCode;
  }
}
