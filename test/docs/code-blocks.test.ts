/** Every code block that users read is run, or read by a program, against a Tillway that runs. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { pythonLibraries } from "../support/python.ts";
import "../journeys/support/patience.ts";
import { blocksOf, stepsOf, type Block, type Step } from "./blocks.ts";
import { Page, type World } from "./page.ts";
import { openWorld, root } from "./world.ts";

/** At most five, each by page, heading and reason. Everything else is tried: a block of a new page too, without a word here. */
const notRun: readonly { readonly page: string; readonly heading: string; readonly why: string }[] = [
  {
    page: "docs/recipes/card-fields.md",
    heading: "Show them",
    why: "a page's: test/browser/card-fields.test.ts does the same in a browser",
  },
  {
    page: "docs/recipes/checkout.md",
    heading: "Open it in your page",
    why: "a page's: test/browser/shops.test.ts runs shops that do the same",
  },
  { page: "CONTRIBUTING.md", heading: "Set up", why: "installs, and runs all tests and all checks: .ci/run does so itself" },
  { page: "dashboard/README.md", heading: "Add a page", why: "a page's: the pages that are there are written like it, and compiled" },
  { page: "docs/performance.md", heading: "How to run it", why: "a benchmark: takes minutes, and wants the machine for itself" },
];

/** Pages for users, and the two for those who change Tillway. Decisions were true on their day. */
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" })
  .trim()
  .split("\n")
  .filter((page) => !page.startsWith("docs/decisions/"));

const blocks = pages.flatMap((page) => blocksOf(page, readFileSync(join(root, page), "utf8")));
const isRun = ({ page, heading }: Block) => !notRun.some((each) => each.page === page && each.heading === heading);
const python = await pythonLibraries();
afterAll(() => python.remove());

let world: World & { close(): Promise<void> };
beforeAll(async () => {
  world = await openWorld(databaseServers()[0]!.url, python.path);
});
afterAll(() => world?.close());

it("each block that is not run is named with its reason, at most five, and no reason outlives its block", () => {
  expect(notRun.length).toBeLessThanOrEqual(5);
  for (const each of notRun) {
    expect(each.why.length).toBeGreaterThan(20);
    expect(
      blocks.filter((block) => !isRun(block) && block.page === each.page && block.heading === each.heading),
      each.page,
    ).toHaveLength(1);
  }
});

describe.each([...new Set(blocks.filter(isRun).map(({ page }) => page))])("%s", (name) => {
  const steps = stepsOf(blocks.filter(({ page }) => page === name)).filter(({ block }) => isRun(block));
  const lacksPython = python.missing !== null && process.env.REQUIRE_SERVICES !== "1";
  const needsPython = ({ block }: Step) => block.language === "python" || block.text.includes("python3 ");
  let page: Page;
  beforeAll(() => {
    page = new Page(world, name);
  });
  afterAll(() => page?.close());

  for (const step of steps) {
    const { line, heading, language } = step.block;
    it.skipIf(lacksPython && needsPython(step))(`line ${line}, ${heading} (${language})`, async () => {
      expect(await page.fault(step)).toBeNull();
    });
  }
});

describe("a block that is wrong is found", () => {
  const trying = async (markdown: string): Promise<(string | null)[]> => {
    const page = new Page(world, "planted.md");
    try {
      const faults = [];
      for (const step of stepsOf(blocksOf("planted.md", markdown))) faults.push(await page.fault(step));
      return faults;
    } finally {
      await page.close();
    }
  };
  const block = (info: string, text: string) => `\n\`\`\`${info}\n${text}\n\`\`\`\n`;

  it.each([
    ["a command that fails, and not the last one", "bash", "false\ntrue", "exit code 1"],
    ["a command that is misspelt", "bash", "npx tillway payment list", "Did you mean payments"],
    ["a route that does not exist", "bash", "curl -s http://localhost:8000/v1/payment", "route_not_found"],
    ["an id that nothing has printed", "bash", "npx tillway payments get pay_…", "can stand for pay_…"],
    ["a refusal that does not come", "bash refused", "true", "exit code 0"],
    ["an import that does not exist", "js", 'import { Tilway } from "@tillway/sdk";', "Tilway"],
    ["a server that ends", "js terminal-2", "process.exit(0);", "it prints nothing"],
    ["Python that raises", "python", "import nothing_of_this_name", "ModuleNotFoundError"],
    ["JSON that is none", "json", "{amount: 1}", "SyntaxError"],
    ["a resource with a member that it has not", "json", '{"object": "payment", "amuont": 1}', "amuont"],
    ["an event that does not exist", "json", '{"object": "event", "type": "payment.exploded"}', "there is no event"],
    ["YAML that is none", "yaml", "a: [1", "YAML"],
    ["a figure that nobody counts", "promql", "sum(tillway_apples_total)", "tillway_apples_total is no figure"],
    ["a language that nobody knows", "cobol", "STOP RUN.", "nobody knows how to try"],
    ["no language", "", "anything", "without a language"],
    ["a word that nobody knows", "bash skip", "true", '"skip" is no word'],
  ])("%s", async (_name, info, text, fault) => {
    expect(await trying(block(info, text))).toEqual([expect.stringContaining(fault)]);
  });

  it("an output that is another, in text and in JSON", async () => {
    const said = block("bash", `echo one; echo two`);
    expect(await trying(said + block("text output", "two\none"))).toEqual([expect.stringContaining('the line "one" was not printed')]);
    expect(await trying(said + block("text output", "o…\ntwo"))).toEqual([null]);
    const json = block("bash", `echo '{"status": "failed", "data": [{"amount": 1}]}'`);
    expect(await trying(json + block("json output", '{"status": "succeeded"}'))).toEqual([expect.stringContaining("the answer.status is")]);
    expect(await trying(json + block("json output", '{"data": [{"amount": 2}]}'))).toEqual([
      expect.stringContaining("the answer.data.0.amount is 1"),
    ]);
    expect(await trying(json + block("json output", '{"data": [{"amount": 1}]}'))).toEqual([null]);
  });

  it("one variable is there in the next block, and one of another page is not", async () => {
    expect(
      await trying(
        block("bash", "SHOP=one") + block("bash", 'test "$SHOP" = one') + block("js", "if (process.env.SHOP !== 'one') throw 1;"),
      ),
    ).toEqual([null, null, null]);
    expect(await trying(block("bash", 'test "${SHOP:-}" = one'))).toEqual([expect.stringContaining("exit code 1")]);
  });
});
