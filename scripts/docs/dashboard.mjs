// What docs/dashboard.md has of the code: the routes that only the dashboard's listener has, and who may do what.

/**
 * Nothing is called while the document is put together.
 * @param {any} createDashboardApp
 * @param {{ nothing: any, versions: any, version: string }} given
 */
export async function dashboardRoutesTable(createDashboardApp, { nothing, versions, version }) {
  const random = { bytes: (/** @type {number} */ size) => new Uint8Array(size) };
  const deps = {
    flows: { versions },
    reads: nothing,
    health: nothing,
    people: nothing,
    passwords: nothing,
    links: nothing,
    version,
    siteFolder: "",
    pageFolder: "no-page",
    dashboardUrl: "http://localhost:3000",
    idleMs: 1,
    hashKey: new Uint8Array(32),
    signingKey: new Uint8Array(32),
    tokenizer: "sandbox",
  };
  const app = createDashboardApp({ log: nothing, clock: nothing, random, authenticator: nothing }, deps);
  const { paths } = (await app.inject("/v1/openapi.json")).json();
  await app.close();
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags?.includes("Dashboard"))
      .map(([method, { summary, description, requestBody }]) => {
        const fields = Object.keys(requestBody?.content["application/json"].schema.properties ?? {}).map((name) => `\`${name}\``);
        const what = [summary, description]
          .filter((text) => text !== undefined && text !== "")
          .join(". ")
          .replaceAll("|", "\\|");
        return `| \`${method.toUpperCase()} ${path}\` | ${fields.join(", ") || "–"} | ${what.replaceAll("\n", " ")} |`;
      }),
  );
  return ["| route | takes | does |", "|---|---|---|", ...rows.toSorted()].join("\n");
}

/** @param {{ permissions: Record<string, { means: string, scope: string | null, roles: readonly string[] }>, roles: Record<string, string> }} table */
export function permissionsTable({ permissions, roles }) {
  const names = Object.keys(roles);
  return [
    `| may | key scope | ${names.map((name) => name.replaceAll("_", " ")).join(" | ")} |`,
    `|---|---|${names.map(() => "---|").join("")}`,
    ...Object.values(permissions).map(
      ({ means, scope, roles: may }) =>
        `| ${means} | ${scope === null ? "people only" : `\`${scope}\``} | ${names.map((name) => (may.includes(name) ? "yes" : "–")).join(" | ")} |`,
    ),
  ].join("\n");
}
