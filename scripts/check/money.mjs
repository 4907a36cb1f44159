import { isTest, lineAt, listFiles, read } from "./lib.mjs";
import { visitModule } from "./source.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */
/** @typedef {import("./source.mjs").Node} Node */

/** Whose arithmetic its own tests hold, amount by amount. */
const home = "server/src/core/money.ts";
const trees = /^(server|sandbox|sdk)\/src\/(?!generated\/).*\.ts$/;

/** Names that hold money: `amount`, `amountCaptured`, `amount_refunded`, `captureReserved`, `wire`, `minorUnits`. */
const money = /^amount|Amount|^(captured|refunded|reserved|wire)$|Reserved$|^minorUnits$/;
const rounding = new Set(["round", "floor", "ceil", "trunc", "fround"]);
const fractional = new Set(["toFixed", "toPrecision", "toExponential", "toLocaleString"]);

/** @type {import("./lib.mjs").Check} */
export const moneyCheck = {
  name: "money",
  about: "amounts are integers: no fraction is made of one, and core/money.ts alone converts and shows them",
  run: async (root) => {
    const files = listFiles(root).filter((file) => trees.test(file) && !isTest(file));
    if (!files.includes(home)) throw new Error(`found no ${home}`);
    /** @type {Problem[]} */
    const problems = [];
    for (const file of files) {
      const source = read(root, file);
      visitModule(file, source, (node) => {
        const found = isQuotient(node, source) ? null : faultOf(node, file);
        if (found) problems.push({ file, line: lineAt(source, node.start), ...found });
      });
    }
    return { problems, note: `${files.length} modules` };
  },
};

const cure = "Take toWire, fromWire, toDecimal, fromDecimal or formatMoney of core/money.ts.";

/** @param {Node} node @param {string} file @returns {Pick<Problem, "message" | "cure"> | null} */
function faultOf(node, file) {
  if (node.type === "Identifier" && node["name"] === "parseFloat") return { message: "reads a fraction with parseFloat", cure };
  if (file === home) return null;
  if (node.type === "MemberExpression" && node["object"].name === "Intl" && node["property"].name === "NumberFormat")
    return { message: "shows a number by Intl, whose digits differ between releases", cure };
  if (node.type === "BinaryExpression" || node.type === "AssignmentExpression") return arithmetic(node);
  if (node.type !== "CallExpression" || node["callee"].type !== "MemberExpression") return null;
  const { object, property } = node["callee"];
  if (object.name === "Math" && rounding.has(property.name) && node["arguments"].some(holdsMoney))
    return { message: "rounds an amount", cure };
  return fractional.has(property.name) && holdsMoney(object) ? { message: `turns an amount into text with ${property.name}`, cure } : null;
}

/** @param {Node} node */
function arithmetic(node) {
  const operator = node["operator"].replace("=", "");
  const sides = [node["left"], node["right"]];
  if (operator === "" || !sides.some(holdsMoney)) return null;
  if (operator === "/" || operator === "**") return { message: "divides an amount, or raises it to a power", cure };
  const isWhole = (/** @type {Node} */ side) => side.type !== "Literal" || Number.isInteger(side["value"]);
  return "+-*%".includes(operator) && !sides.every(isWhole) ? { message: "calculates with an amount and a fraction", cure } : null;
}

/** `(a - (a % b)) / b` is whole times, and no fraction. @param {Node} node @param {string} source */
function isQuotient(node, source) {
  if (node.type !== "BinaryExpression" || node["operator"] !== "/") return false;
  const textOf = (/** @type {Node} */ one) => source.slice(one.start, one["end"]);
  const [whole, divisor] = [bare(node["left"]), node["right"]];
  if (whole.type !== "BinaryExpression" || whole["operator"] !== "-") return false;
  const rest = bare(whole["right"]);
  if (rest.type !== "BinaryExpression" || rest["operator"] !== "%") return false;
  return textOf(rest["left"]) === textOf(whole["left"]) && textOf(rest["right"]) === textOf(divisor);
}

/** Without its parentheses. @param {Node} node @returns {Node} */
function bare(node) {
  return node.type === "ParenthesizedExpression" ? bare(node["expression"]) : node;
}

/** How many amounts there are is no amount. @param {Node} node @returns {boolean} */
function holdsMoney(node) {
  switch (node.type) {
    case "Identifier":
      return money.test(node["name"]);
    case "MemberExpression":
      return !node["computed"] && money.test(node["property"].name ?? "");
    case "BinaryExpression":
    case "LogicalExpression":
      return holdsMoney(node["left"]) || holdsMoney(node["right"]);
    case "ConditionalExpression":
      return holdsMoney(node["consequent"]) || holdsMoney(node["alternate"]);
    case "ParenthesizedExpression":
    case "UnaryExpression":
    case "TSNonNullExpression":
    case "TSAsExpression":
      return holdsMoney(node["expression"] ?? node["argument"]);
    case "CallExpression":
      return node["callee"].name === "Number" && node["arguments"].some(holdsMoney);
    default:
      return false;
  }
}
