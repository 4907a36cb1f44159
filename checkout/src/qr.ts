/** A QR code as one path of unit squares. A chunk of its own. */
import { encode } from "uqr";

export function qrOf(text: string): { readonly size: number; readonly path: string } {
  // With the quiet zone of four that the standard wants.
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return { size, path };
}
