/** How the site makes pages of Markdown. */
import { expect, it } from "vitest";
import { render, twinOf } from "../../scripts/site/markdown.mjs";
import { urlOf, type Page } from "../../scripts/site/pages.mjs";

const places = {
  pages: new Map([
    ["docs/recipes/refunds.md", "/docs/recipes/refunds"],
    ["docs/errors.md", "/docs/errors"],
    ["sdk/README.md", "/docs/sdk"],
  ]),
  assets: new Map([["docs/openapi.json", "/docs/openapi.json"]]),
  titles: new Map([["/docs/errors", "Errors"]]),
};

function page(markdown: string): Page {
  return { file: "docs/recipes/refunds.md", url: "/docs/recipes/refunds", title: "Refunds", markdown };
}

it.each([
  ["docs/index.md", "/docs"],
  ["docs/recipes/refunds.md", "/docs/recipes/refunds"],
  ["docs/decisions/README.md", "/docs/decisions"],
  ["sdk/README.md", "/docs/sdk"],
  ["CHANGELOG.md", "/docs/changelog"],
])("%s is at %s", (file, url) => {
  expect(urlOf(file)).toBe(url);
});

it.each([
  ["[codes](../errors.md#codes)", '<a href="/docs/errors#codes">codes</a>'],
  ["[docs/errors.md](../errors.md)", '<a href="/docs/errors">Errors</a>'],
  ["[client](../../sdk)", '<a href="/docs/sdk">client</a>'],
  ["[all](../openapi.json)", '<a href="/docs/openapi.json">all</a>'],
  ["[below](#below)", '<a href="#below">below</a>'],
  ["[its page](https://example.com/)", '<a href="https://example.com/" rel="noopener noreferrer">its page</a>'],
  ["[licence](../../LICENSE)", '<a class="nowhere">licence</a>'],
])("the link %s becomes %s", (markdown, html) => {
  expect(render(page(`# Refunds\n\n${markdown}\n`), places).html).toContain(html);
});

it("has the anchors of GitHub, a number behind those that are there already", () => {
  const { headings } = render(page("# Refunds\n\n## When `status` is *failed*, what then?\n\n## Again\n\n## Again\n"), places);
  expect(headings.map(({ id }) => id)).toEqual(["refunds", "when-status-is-failed-what-then", "again", "again-1"]);
});

it("aligns columns by a class, since the policy allows no style, and lets a table scroll by the keyboard", () => {
  const { html } = render(page("| a | b |\n|---|---:|\n| 1 | 2 |\n"), places);
  expect(html).toContain('<div class="table" tabindex="0"><table>');
  expect(html).toContain('<th class="right">b</th>');
  expect(html).not.toContain("style=");
});

it("lets a long name break between its words, and only there", () => {
  expect(render(page("`invalid_request_error <b>`\n"), places).html).toBe(
    "<p><code>invalid_<wbr>request_<wbr>error &lt;b&gt;</code></p>\n",
  );
});

it("escapes code, colours it, and says in which terminal it runs", () => {
  const { html } = render(page('```js terminal-2\nconst a = "<b>"; // why\n```\n\n```text output terminal-2\n<ok>\n```\n'), places);
  expect(html).toContain('<p class="caption">Terminal 2</p>');
  expect(html).toContain('<span class="w">const</span> a = <span class="s">&quot;&lt;b&gt;&quot;</span>; <span class="c">// why</span>');
  expect(html).toContain('<p class="caption">Terminal 2 shows</p><pre tabindex="0"><code>&lt;ok&gt;\n</code></pre>');
});

it("is found by its headings, and a row of a table that has an anchor by itself", () => {
  const row = '| <a id="order_busy"></a>`order_busy` | wait |';
  const { sections } = render(page(`# Refunds\n\nFirst.\n\n## Codes\n\nBefore.\n\n| code | cure |\n|---|---|\n${row}\n\nAfter.\n`), places);
  expect(sections.map(({ url, heading, text }) => [url, heading, text.trim()])).toEqual([
    ["/docs/recipes/refunds", "Refunds", "First."],
    ["/docs/recipes/refunds#order_busy", "order_busy", "wait"],
    ["/docs/recipes/refunds#codes", "Codes", "Before. code cure After."],
  ]);
});

it("has a twin in Markdown whose links lead to twins, without the marks of generated blocks", () => {
  const markdown =
    "# Refunds\n\n<!-- generated:x -->\n[codes](../errors.md#codes), [all](../openapi.json), [x](#refunds), [y](https://y.example)\n<!-- /generated -->\n";
  expect(twinOf(page(markdown), places)).toBe(
    "# Refunds\n\n[codes](/docs/errors.md#codes), [all](/docs/openapi.json), [x](#refunds), [y](https://y.example)\n",
  );
});
