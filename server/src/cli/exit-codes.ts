/** The exit codes of all commands, in one table; docs/cli.md shows it. Those above 63 are the ones of `sysexits.h`. */
export const exitCodes = {
  done: [0, "Done. A server ended in order."],
  failed: [1, "It could not be done, or the API refused it; the line says why."],
  usage: [2, "The call is wrong: an unknown command or option, or one that is missing."],
  unavailable: [69, "No Tillway answers at this address, or it answered with 5xx. Try again later."],
  software: [70, "A server met an unforeseen error and ended."],
  denied: [77, "The key is missing, wrong or revoked, or lacks the scope."],
  config: [78, "A setting is missing or wrong: each is named, with its cure. Or `tillway doctor` found something that does not work."],
  interrupted: [130, "Ended by Ctrl-C before it was done. Other signals give 128 and their number."],
} as const satisfies Readonly<Record<string, readonly [code: number, meaning: string]>>;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes][0];

/**
 * The table of docs/cli.md.
 * @public Read from the build by scripts/docs/generators.mjs.
 */
export function exitCodesMarkdown(): string {
  return ["| code | meaning |", "|---|---|", ...Object.values(exitCodes).map(([code, meaning]) => `| ${code} | ${meaning} |`)].join("\n");
}
