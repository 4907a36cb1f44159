import { expect, test } from "vitest";
import { namesCheck } from "../../scripts/check/names.mjs";
import { lines, plant } from "./planted.ts";

const sound = {
  "server/src/connectors/acme/index.ts": `export const acme = { title: "Acme" };\n`,
  "server/src/connectors/index.ts": `import { acme } from "./acme/index.ts";\nexport const connectors = { acme };\n`,
  "server/src/core/routing/able.ts": `export const able = (can: { refund: boolean }) => can.refund;\n`,
};

test.each([
  ["a comparison in core", "core/a.ts", `export const f = (name: string) => name === "acme";`],
  ["a case in flows", "flows/a.ts", `export const f = (n: string) => { switch (n) { case "acme": return 1; } };`],
  ["a table in the worker", "worker/a.ts", `export const gaps = { acme: 5 };`],
  ["a member in the API", "api/a.ts", `export const f = (all: Record<string, number>) => all.acme;`],
  ["a member by text", "storage/a.ts", `export const f = (all: Record<string, number>) => all["acme"];`],
  ["a template", "observe/a.ts", "export const label = `acme`;"],
])("names: %s is named", async (_name, file, text) => {
  const found = lines(await namesCheck.run(plant({ ...sound, [`server/src/${file}`]: `// first line\n${text}\n` })));
  expect(found).toEqual([`server/src/${file}:2 asks for the gateway acme by name`]);
});

test("names: connectors, tops, tests, sentences and examples of the documentation pass", async () => {
  const root = plant({
    ...sound,
    "server/src/wire.ts": `export const place = (all: Record<string, number>) => all["acme"];\n`,
    "server/src/core/a.test.ts": `export const f = "acme";\n`,
    "server/src/core/error-help.ts": `export const help = "Acme takes no dinars, acme neither.";\n`,
    "server/src/api/openapi-examples.ts": `export const examples = { connector: "acme" };\n`,
  });
  const result = await namesCheck.run(root);
  expect([lines(result), result.note]).toEqual([[], "acme"]);
});

test("names: a tree without connectors is a broken check, not a good one", async () => {
  await expect(namesCheck.run(plant({ "server/src/core/a.ts": "export const a = 1;\n" }))).rejects.toThrow("found no connector");
});
