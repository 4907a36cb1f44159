/** The payment methods as the documentation shows them: their fields, and which gateway takes what. */

/**
 * @param {Record<string, any>} methodTable
 * @param {readonly { name: string, capabilities: any }[]} gateways
 */
export function methodsText(methodTable, gateways) {
  return Object.entries(methodTable)
    .map(([type, entry]) => [
      `### ${entry.label}: \`${type}\``,
      fieldsTable(entry),
      takersText(type, entry, gateways),
      choicesTable(type, gateways),
    ])
    .flat()
    .filter((part) => part !== "")
    .join("\n\n");
}

/** @param {any} entry */
function fieldsTable({ fields, either }) {
  const rows = Object.entries(fields).map(([name, /** @type {any} */ field]) => {
    const needed = field.isRequired || either?.these.includes(name) ? "yes" : either?.or === name ? "instead of the others" : "no";
    return `| \`${name}\` | ${needed} | ${field.help} | \`${field.example}\` |`;
  });
  return ["| field | needed | what it is | example |", "|---|---|---|---|", ...rows].join("\n");
}

/** @param {string} type @param {any} entry @param {readonly { name: string, capabilities: any }[]} gateways */
function takersText(type, { actions, without }, gateways) {
  const takers = gateways.flatMap(({ name, capabilities: { methods } }) => {
    const isWith = methods.includes(type);
    const isWithout = without !== undefined && methods.includes(without.kind);
    if (!isWith && !isWithout) return [];
    const how =
      without === undefined ? "" : isWith && isWithout ? "" : isWith ? ` (with \`${without.field}\`)` : ` (without \`${without.field}\`)`;
    return [`${name}${how}`];
  });
  const next = Object.keys(actions).map((action) => `\`${action}\``);
  return `Taken by ${takers.join(", ")}. Next action: ${next.join(" or ")}.`;
}

/** @param {string} type @param {readonly { name: string, capabilities: any }[]} gateways */
function choicesTable(type, gateways) {
  const rows = gateways.flatMap(({ name, capabilities }) =>
    Object.values(capabilities.choices?.[type] ?? {}).flatMap((values) =>
      Object.entries(values ?? {})
        .map(([value, label]) => `| \`${value}\` | ${label} | ${name} |`)
        .toSorted(),
    ),
  );
  const field = gateways.flatMap(({ capabilities }) => Object.keys(capabilities.choices?.[type] ?? {}))[0];
  return rows.length === 0 ? "" : [`| \`${field}\` | | gateway |`, "|---|---|---|", ...rows].join("\n");
}
