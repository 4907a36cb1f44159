/** Loaded into a Tillway with --import: counts the calls of each function, and returns the functions that ran since the last look. */
import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });

process.on("message", () => void session.post("Profiler.takePreciseCoverage").then(({ result }) => process.send?.(result.flatMap(called))));
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();

/** "url#offset" of each function that was called; the module's own code, which runs once when it is loaded, starts at 0. */
function called(/** @type {import("node:inspector").Profiler.ScriptCoverage} */ { url, functions }) {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return [];
  return functions.flatMap(({ ranges: [range] }) =>
    range && range.count > 0 && range.startOffset > 0 ? [`${url}#${range.startOffset}`] : [],
  );
}
