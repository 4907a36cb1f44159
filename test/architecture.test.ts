/** ARCHITECTURE.md follows a payment through the code by name: each name must stand where the page puts it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const source = join(root, "server/src");
const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const section = page.slice(page.indexOf("## From the request"), page.indexOf("## Jobs"));
const lines = section.split("\n");

/** The words in backticks. */
const names = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

const rows = lines
  .filter((line) => line.startsWith("|") && line.includes(".ts`"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map((cells) => ({ files: names(cells[2]!), functions: names(cells[3]!) }));

describe("the way of a payment", () => {
  it("is two tables of steps", () => expect(rows.length).toBeGreaterThanOrEqual(14));

  it.each(rows.map((row) => [row.functions.join(", "), row] as const))("goes through %s", (_, { files, functions }) => {
    const code = files.map((file) => readFileSync(join(source, file), "utf8")).join("\n");
    for (const name of functions) expect(code).toMatch(new RegExp(`(function |^ {2})${name}[(<]`, "m"));
  });

  it("names functions, constants and members of rows in its text that are in the code", () => {
    const text = lines.filter((line) => !line.startsWith("|")).join("\n");
    const functions = names(text).filter((name) => /^[a-z]+[A-Z]\w*$/.test(name));
    const constants = names(text).filter((name) => /^[A-Z]\w+$/.test(name));
    expect(functions.length).toBeGreaterThanOrEqual(15);
    const code = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((file) => /^(core|flows|connectors)\b.*(?<!\.test)\.ts$/.test(file))
      .map((file) => readFileSync(join(source, file), "utf8"))
      .join("\n");
    expect(functions.filter((name) => !new RegExp(`function ${name}\\(|const ${name}\\b|readonly ${name}:`).test(code))).toEqual([]);
    expect(constants.filter((name) => !new RegExp(`(const|type) ${name}\\b`).test(code))).toEqual([]);
  });
});
