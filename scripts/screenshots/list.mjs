// The page that lists the pictures: those of the dashboard by page and look, those of the checkout by state.

const WIDE_ENDS = ["-light", "-dark"];
const NARROW_ENDS = ["-light-360", "-dark-360"];

/** @param {readonly string[]} names paths below docs/screenshots @returns {string} Markdown */
export function listOf(names) {
  const dashboard = names.filter((name) => name.startsWith("dashboard/")).map((name) => name.slice("dashboard/".length, -".png".length));
  const pages = [...new Set(dashboard.map((name) => name.replace(/-(light|dark)(-360)?$/, "")))].toSorted();
  const checkout = names.filter((name) => !name.includes("/")).toSorted();
  return `# Screenshots

\`npm run screenshots\` takes them all anew, \`npm run screenshots dashboard\` those of the dashboard, \`npm run screenshots dashboard
settings cases-one\` those of some of its pages; this page is written by it as well.

## The dashboard

A test shop with sample data, on the built program with a real database, at 1280 pixels; the pages that people open most at 360 as well. "One"
is the page of one thing of that list.

![Home](dashboard/home-light.png)

![A payment that was given back in part](dashboard/payments-one-dark.png)

| page | light | dark | light, 360 | dark, 360 |
|---|---|---|---|---|
${pages.map((page) => rowOf(page, dashboard)).join("\n")}

## The checkout

By state, language, look and width.

${checkout.map((name) => `- [${name.slice(0, -".png".length).replaceAll("-", " ")}](${name})`).join("\n")}
`;
}

/** @param {string} page @param {readonly string[]} taken */
function rowOf(page, taken) {
  const cells = [...WIDE_ENDS, ...NARROW_ENDS].map((end) =>
    taken.includes(page + end) ? `[${end.slice(1).replaceAll("-", " ")}](dashboard/${page}${end}.png)` : "",
  );
  return `| ${page.replaceAll("-", " ")} | ${cells.join(" | ")} |`;
}
