/** The budgets of the checkout's page: what is beyond one is said, and ends the bench. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkoutTable, verdictsOf, writeCheckout } from "../../bench/checkout-report.mjs";

const within = { usableMs: 1_500, blockedMs: 150, shift: 0.02, requests: 5, criticalBytes: 40_960, foreign: 0, fonts: 0 };
const figuresOf = (more: Partial<typeof within>, loader = 5_120) => ({
  runs: 1,
  browser: "Chromium 1",
  pages: [{ locale: "en", visits: [{ ...within, ...more }] }],
  loader,
});
const missed = (figures: ReturnType<typeof figuresOf>) =>
  verdictsOf(figures)
    .filter(({ isMet }) => !isMet)
    .map(({ text }) => text);

it.each([
  [{}, 5_120, []],
  [{ usableMs: 1_501 }, 5_120, ["form usable, en: 1501 ms (at most 1500 ms)"]],
  [{ blockedMs: 151 }, 5_120, ["total blocking time, en: 151 ms (at most 150 ms)"]],
  [{ shift: 0.021 }, 5_120, ["layout shift, en: 0.021 (at most 0.02)"]],
  [{ requests: 6, foreign: 1, fonts: 1 }, 5_120, ["requests to a usable form", "requests to other origins", "web fonts"]],
  [{ criticalBytes: 40_961 }, 5_121, ["JS and CSS on the way, gzip", "loader in a shop's page, gzip"]],
])("of %j and a loader of %i bytes it says what is too much", (more, loader, lines) => {
  const found = missed(figuresOf(more, loader));
  expect(found).toHaveLength(lines.length);
  for (const [at, line] of lines.entries()) expect(found[at]).toContain(line);
});

it("takes the visit in the middle, and puts the figures between the marks of the page and nowhere else", () => {
  const [visit] = figuresOf({}).pages[0]!.visits;
  const visits = [9_000, 1_000, 1_200].map((usableMs) => ({ ...visit!, usableMs }));
  const figures = { ...figuresOf({}), pages: [{ locale: "en", visits }] };
  expect(missed(figures)).toEqual([]);
  expect(checkoutTable(figures)).toContain("1200 (1000 to 9000)");
  const folder = mkdtempSync(join(tmpdir(), "tillway bench "));
  try {
    const file = join(folder, "page.md");
    const [begin, end] = ["<!-- checkout: written by `npm run bench:checkout -- --write` -->", "<!-- end of checkout -->"];
    writeFileSync(file, `before\n${begin}\nold\n${end}\nafter\n`);
    writeCheckout(figures, verdictsOf(figures), file);
    const page = readFileSync(file, "utf8");
    expect([page.startsWith(`before\n${begin}\n`), page.endsWith(`${end}\nafter\n`), page.includes("old")]).toEqual([true, true, false]);
    expect(page).toContain("| form usable | 1500 ms | 1200 (1000 to 9000) |");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
