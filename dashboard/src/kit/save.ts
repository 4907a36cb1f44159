/** Gives the reader a file. */
export function saveFile(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has begun to read it by the next turn; without this it would keep the bytes until the page is left.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
