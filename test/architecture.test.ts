/** ARCHITECTURE.md follows an answer through the code by name: each name must stand where it says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const section = page.slice(page.indexOf("## An answer's way home"), page.indexOf("## Jobs"));

/** The words in backticks of a table's cell. */
const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

const rows = section
  .split("\n")
  .filter((line) => line.startsWith("|") && line.includes(".ts`"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map((cells) => ({ files: names(cells[2]!), functions: names(cells[3]!) }));

describe("an answer's way home", () => {
  it("is a table of steps", () => expect(rows.length).toBeGreaterThanOrEqual(8));

  it.each(rows.map((row) => [row.functions.join(", "), row] as const))("goes through %s", (_, { files, functions }) => {
    const code = files.map((file) => readFileSync(join(root, "server/src", file), "utf8")).join("\n");
    for (const name of functions) expect(code).toMatch(new RegExp(`function ${name}[(<]`));
  });

  it("names no function in its text that is not in the code", () => {
    const code = [
      "core/change/parts.ts",

      "core/decide/ask/question.ts",
      "core/decide/ask/plan.ts",
      "core/decide/gateway-event.ts",
      "core/decide/settle/late.ts",
      "flows/gateway-events/apply.ts",
    ]
      .map((file) => readFileSync(join(root, "server/src", file), "utf8"))
      .join("\n");
    for (const name of ["askAt", "escalate", "decideQuestion", "planQuestion", "contradicts", "applyGatewayEvent", "reverseLateCharge"]) {
      expect(section).toContain(`\`${name}\``);
      expect(code).toContain(`function ${name}(`);
    }
  });
});
