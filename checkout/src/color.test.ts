import { expect, it } from "vitest";
import { paletteOf } from "./color.ts";

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const colors = ["#000000", "#ffffff", "#ffe600", "#0f766e", "#7f7f7f", "#ff0000", "#00ff00", "#1b1f29"];

it.each(colors)("%s can be read: on a button, and as a link on a light page and on a dark one", (color) => {
  const { brand, onBrand, onLight, onDark } = paletteOf(color);
  expect(brand).toBe(color);
  for (const [text, page] of [
    [onBrand, brand],
    [onLight, "#f6f7f9"],
    [onDark, "#23262e"],
  ] as const)
    expect(contrast(text, page)).toBeGreaterThanOrEqual(4.5);
});

it("leaves a colour as it is where it can be read", () => {
  expect(paletteOf("#0f766e").onLight).toBe("#0f766e");
});

it("takes the colour of the house for none, and for what is no colour", () => {
  expect([paletteOf("red; }").brand, paletteOf(null).brand]).toEqual(["#2b4acb", "#2b4acb"]);
});
