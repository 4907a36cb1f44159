/** The code blocks of a page, and what may be written behind the three backticks. */

export interface Block {
  readonly page: string;
  /** The heading above it. */
  readonly heading: string;
  readonly line: number;
  readonly language: string;
  /** What follows the language: see `words`. */
  readonly words: readonly string[];
  readonly text: string;
}

/** A block that does something, and the blocks after it that show what it prints. */
export interface Step {
  readonly block: Block;
  readonly outputs: readonly Block[];
}

/** Languages that are run, those that are read and compared, and those in which there is nothing to find out. */
const languages: Readonly<Record<string, "run" | "read" | "nothing">> = {
  bash: "run",
  sh: "run",
  js: "run",
  python: "run",
  json: "read",
  yaml: "read",
  promql: "read",
  text: "nothing",
  mermaid: "nothing",
};

/** Readers and sites see the first word only. */
const words: Readonly<Record<string, RegExp>> = {
  /** Runs in another terminal until the next block there, or the end of the page. */
  terminal: /^terminal-[1-9]$/,
  /** Shows what the block before it printed; with `terminal-2`, what that terminal then shows. */
  output: /^output$/,
  /** The last command is refused: its exit code is not 0. */
  refused: /^refused$/,
  /** Asks for something that takes a moment: asked again until the output is the one shown. */
  eventually: /^eventually$/,
};

export function blocksOf(page: string, markdown: string): Block[] {
  const found: Block[] = [];
  let heading = "";
  let open: {
    readonly indent: string;
    readonly ticks: string;
    readonly info: string;
    readonly line: number;
    readonly lines: string[];
  } | null = null;
  for (const [at, line] of markdown.split("\n").entries()) {
    const fence = /^( *)(`{3,})(.*)$/.exec(line);
    if (open === null) {
      if (fence) open = { indent: fence[1]!, ticks: fence[2]!, info: fence[3]!.trim(), line: at + 1, lines: [] };
      else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    } else if (fence && fence[2]!.length >= open.ticks.length && fence[3]!.trim() === "") {
      const [language = "", ...more] = open.info.split(/\s+/);
      found.push({ page, heading, line: open.line, language, words: more, text: open.lines.join("\n") });
      open = null;
    } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
  }
  if (open !== null) throw new Error(`${page}:${open.line} begins a code block that does not end`);
  return found;
}

/** What nobody knows how to try, with what to do about it; null: the block is classified. */
export function unclassified({ language, words: given }: Block): string | null {
  const unknown = given.find((word) => !Object.values(words).some((known) => known.test(word)));
  if (unknown !== undefined) return `"${unknown}" is no word of test/docs/blocks.ts`;
  if (language in languages) return null;
  const known = Object.keys(languages).join(", ");
  return `nobody knows how to try ${language === "" ? "a block without a language" : `"${language}"`}. Name one of ${known}, or teach test/docs another`;
}

/** What is to be tried, in order. Throws if an output follows nothing. */
export function stepsOf(blocks: readonly Block[]): Step[] {
  const steps: { block: Block; outputs: Block[] }[] = [];
  for (const block of blocks) {
    if (!block.words.includes("output")) {
      steps.push({ block, outputs: [] });
      continue;
    }
    const before = steps.at(-1);
    if (before === undefined || kindOf(before.block) !== "run") throw new Error(`${block.page}:${block.line} is an output of nothing`);
    before.outputs.push(block);
  }
  return steps;
}

export function kindOf({ language }: Block): "run" | "read" | "nothing" | undefined {
  return languages[language];
}

/** Its own terminal; null: the one in which the page's blocks run. */
export function terminalOf({ words: given }: Block): string | null {
  return given.find((word) => words.terminal!.test(word)) ?? null;
}
