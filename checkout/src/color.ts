/** The merchant's colour, kept readable: black or white on it, and a shade of it that stands out from the page. */

type Rgb = readonly [number, number, number];

const DEFAULT = "#2b4acb";
/** WCAG AA for text. */
const ENOUGH = 4.5;

export interface Palette {
  /** Of buttons. */
  readonly brand: string;
  /** Text on it. */
  readonly onBrand: string;
  /** Links, marks and the focus on a light page, and on a dark one. */
  readonly onLight: string;
  readonly onDark: string;
}

export function paletteOf(color: string | null): Palette {
  const brand = parse(color ?? "") ?? parse(DEFAULT)!;
  const white: Rgb = [255, 255, 255];
  const black: Rgb = [0, 0, 0];
  return {
    brand: hex(brand),
    onBrand: contrast(brand, white) >= ENOUGH || contrast(brand, white) > contrast(brand, black) ? "#ffffff" : "#000000",
    // The surfaces of style.css that are hardest to stand out from.
    onLight: hex(until(brand, black, [246, 247, 249])),
    onDark: hex(until(brand, white, [35, 38, 46])),
  };
}

/** Mixes in more of `towards` until it can be read on the page. */
function until(color: Rgb, towards: Rgb, page: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(color, towards, share);
    if (contrast(mixed, page) >= ENOUGH) return mixed;
  }
  return towards;
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  const part = (at: 0 | 1 | 2): number => Math.round(one[at] * (1 - share) + other[at] * share);
  return [part(0), part(1), part(2)];
}

function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(text: string): Rgb | null {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return parts && [Number.parseInt(parts[1]!, 16), Number.parseInt(parts[2]!, 16), Number.parseInt(parts[3]!, 16)];
}

function hex(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
