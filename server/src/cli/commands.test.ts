import { describe, expect, it } from "vitest";
import { VARIABLES } from "../config/variables.ts";
import { commandHelp, commands, helpText } from "./commands.ts";

describe.each(Object.entries(commands))("the help of %s", (name, command) => {
  it("shows how to call it, and an example that calls it so", () => {
    const help = commandHelp(command);
    for (const line of command.usage) expect(line).toMatch(new RegExp(`^tillway ${name}\\b`));
    for (const example of command.example.split("\n")) {
      const words = example.trim().replace(/^([A-Z_]+=\S+ )*/, "");
      const usage = command.usage.find((line) => words.startsWith(line.split(/ [-[A-Z]/)[0]!));
      expect(usage, words).toBeDefined();
      for (const [option] of words.matchAll(/--[a-z-]+/g)) expect(usage).toContain(option);
    }
    expect(help).toContain(command.example);
    expect(helpText()).toContain(command.usage.at(-1));
  });

  it("names only variables that exist", () => {
    const named = [...commandHelp(command).matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([variable]) => variable);
    expect(named.filter((variable) => !Object.hasOwn(VARIABLES, variable))).toEqual([]);
  });
});
