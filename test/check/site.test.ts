import { expect, test } from "vitest";
import { siteProblems } from "../../scripts/check/site.mjs";
import { readPages } from "../../scripts/site/pages.mjs";
import { plant } from "./planted.ts";

const html = "text/html; charset=utf-8";
const around = {
  "/docs/b": { type: html, body: '<h2 id="there">There</h2>' },
  "/docs/b.md": { type: "text/markdown; charset=utf-8", body: "# B\n" },
};

function faultsOf(body: string, type = html): string[] {
  const files = new Map([...Object.entries(around), ["/docs/a", { type, body }]] as const);
  return siteProblems(files, []).map(({ file, message }) => `${file} ${message}`);
}

test.each([
  ["a link to a page that is not there", '<a href="/docs/c">c</a>', "/docs/a /docs/c leads nowhere"],
  ["an anchor that is not there", '<a href="/docs/b#here">b</a>', "/docs/a /docs/b#here: /docs/b has no such anchor"],
  ["an anchor of its own page that is not there", '<a href="#here">x</a>', "/docs/a #here: /docs/a has no such anchor"],
  ["a script that is not there", '<script src="/docs/x.js"></script>', "/docs/a /docs/x.js leads nowhere"],
  ["a relative link", '<a href="b.md">b</a>', "/docs/a has a link that is relative: its file is not on the site"],
  ["an id that is there twice", '<p id="x"></p><p id="x"></p>', "/docs/a has the id x twice"],
  ["an inline style", '<p style="color:red">x</p>', "/docs/a has an inline style, which its policy forbids"],
  ["an inline script", "<script>alert(1)</script>", "/docs/a has an inline script or style, which its policy forbids"],
  ["a handler in an attribute", '<p onclick="x()">x</p>', "/docs/a has an inline script or style, which its policy forbids"],
  ["a script from elsewhere", '<script src="https://cdn.example/x.js"></script>', "/docs/a loads something from elsewhere"],
])("site: %s is found", (_name, body, message) => {
  expect(faultsOf(body)).toEqual([message]);
});

test("site: a broken link of a twin in Markdown is found, and one in its code is none", () => {
  expect(faultsOf("[b](/docs/b.md) `[x](/docs/x)`\n\n```\n[y](/docs/y)\n```\n\n[c](/docs/c.md)\n", "text/markdown; charset=utf-8")).toEqual(
    ["/docs/a /docs/c.md leads nowhere"],
  );
});

test("site: links that lead somewhere pass, and what leads to other sites is theirs", () => {
  expect(faultsOf('<p id="p"></p><a href="/docs/b#there">b</a> <a href="#p">p</a> <a href="https://example.com/#x">x</a>')).toEqual([]);
});

test("site: an address that others give out, as a doc_url is, has to be there", () => {
  expect(siteProblems(new Map(Object.entries(around)), ["/docs/b#there", "/docs/b#gone"]).map(({ message }) => message)).toEqual([
    "/docs/b#gone: /docs/b has no such anchor",
  ]);
});

test("site: a page without a place in the navigation is named, and not lost; so is a place without a page", () => {
  const root = plant({
    "docs/navigation.json": JSON.stringify({
      notPages: ["docs/template.md"],
      groups: [{ title: "All", pages: ["docs/a.md", "docs/gone.md"] }],
    }),
    "docs/a.md": "# A\n",
    "docs/template.md": "# Template\n",
    "docs/recipes/b.md": "# B\n",
  });
  const { groups, unlisted, missing } = readPages(root, []);
  expect([unlisted, missing]).toEqual([["docs/recipes/b.md"], ["docs/gone.md"]]);
  expect(groups.map(({ title, pages }) => [title, pages.map(({ url }) => url)])).toEqual([
    ["All", ["/docs/a"]],
    ["More", ["/docs/recipes/b"]],
  ]);
});
