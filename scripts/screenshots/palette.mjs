// A picture of a page needs few colours: one byte for each of its pixels instead of three makes the file a third of the size.
import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLORS = 256;
/** By type of colour: grey and palette have one, RGB three, RGB with alpha four. */
const BYTES = new Map([
  [2, 3],
  [6, 4],
]);

/**
 * The same picture with a palette of at most 256 colours; those that are left out become the nearest. As it was if it is no plain picture of
 * 8 bits, or would not get smaller. @param {Buffer} png @returns {Buffer}
 */
export function withPalette(png) {
  const { header, data } = readChunks(png);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bytes = BYTES.get(header[9] ?? 0);
  if (header[8] !== 8 || bytes === undefined || header[12] !== 0) return png;
  const colors = colorsOf(unfiltered(inflateSync(data), width * bytes, bytes), bytes);
  const { palette, nearest } = paletteOf(colors);
  const rows = Buffer.alloc(height * (width + 1));
  for (let at = 0; at < colors.length; at++) rows[at + Math.floor(at / width) + 1] = nearest(colors[at] ?? 0);
  const head = Buffer.from(header);
  head[9] = 3;
  const table = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const made = [chunk("IHDR", head), chunk("PLTE", table), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  const smaller = Buffer.concat([SIGNATURE, ...made]);
  return smaller.length < png.length ? smaller : png;
}

/** @param {Buffer} png */
function readChunks(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error("this is no PNG");
  let header = Buffer.alloc(13);
  const data = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") header = Buffer.from(body);
    if (type === "IDAT") data.push(body);
    at += length + 12;
  }
  return { header, data: Buffer.concat(data) };
}

/** Rows as they were before each was written as a difference to its neighbours. @param {Buffer} raw @param {number} stride @param {number} bytes */
function unfiltered(raw, stride, bytes) {
  const out = Buffer.alloc((raw.length / (stride + 1)) * stride);
  for (let row = 0; row * stride < out.length; row++) {
    const filter = raw[row * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = row * stride + x;
      const left = x >= bytes ? (out[at - bytes] ?? 0) : 0;
      const up = row > 0 ? (out[at - stride] ?? 0) : 0;
      const corner = x >= bytes && row > 0 ? (out[at - stride - bytes] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      out[at] = ((raw[row * (stride + 1) + 1 + x] ?? 0) + guess) & 255;
    }
  }
  return out;
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** @param {Buffer} pixels @param {number} bytes @returns {Uint32Array} each as 0xRRGGBB: pages are opaque */
function colorsOf(pixels, bytes) {
  const colors = new Uint32Array(pixels.length / bytes);
  for (let at = 0; at < colors.length; at++) colors[at] = pixels.readUIntBE(at * bytes, 3);
  return colors;
}

/** The colours that are there most. @param {Uint32Array} colors */
function paletteOf(colors) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_COLORS)
    .map(([color]) => color);
  const known = new Map(palette.map((color, index) => [color, index]));
  return {
    palette,
    /** @param {number} color */
    nearest(color) {
      const found = known.get(color);
      if (found !== undefined) return found;
      let best = 0;
      for (let index = 1; index < palette.length; index++)
        if (distance(palette[index] ?? 0, color) < distance(palette[best] ?? 0, color)) best = index;
      known.set(color, best);
      return best;
    },
  };
}

/** @param {number} one @param {number} other */
function distance(one, other) {
  const part = (/** @type {number} */ shift) => (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2;
  return part(16) + part(8) + part(0);
}

/** @param {string} type @param {Buffer} body */
function chunk(type, body) {
  const name = Buffer.from(type, "latin1");
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  name.copy(out, 4);
  body.copy(out, 8);
  out.writeUInt32BE(crc(Buffer.concat([name, body])), body.length + 8);
  return out;
}

/** @param {Buffer} bytes */
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
