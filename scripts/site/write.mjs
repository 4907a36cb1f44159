// Files that a listener of ours serves: a folder with each body under the hash of its content, compressed forms beside it, and `site.json`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

/**
 * A file that is served. `forever`: its address changes with its content, and it is packed by brotli as well, which takes long.
 * @typedef {{ type: string, body: string, forever?: boolean }} ServedFile
 */

/**
 * Writes the files and `site.json`, which says what is served at which address. The old folder is replaced at the end, so that whoever
 * reads meanwhile finds it whole. @param {ReadonlyMap<string, ServedFile>} files @param {string} folder
 * @param {{ inputs: string, notFound: string }} about the hash of what they were made of; what is sent for any other address
 */
export function writeFiles(files, folder, about) {
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  /** @type {Record<string, object>} */
  const served = {};
  for (const [url, { type, body, forever = false }] of files) {
    const hash = hashOf(body);
    const bytes = Buffer.from(body);
    writeFileSync(join(next, hash), bytes);
    writeFileSync(join(next, `${hash}.gz`), gzipSync(bytes, { level: 9 }));
    if (forever) writeFileSync(join(next, `${hash}.br`), brotliCompressSync(bytes));
    served[url] = { file: hash, type, forever };
  }
  writeFileSync(join(next, "site.json"), JSON.stringify({ ...about, files: served }));
  const before = `${next}.before`;
  if (existsSync(folder)) renameSync(folder, before);
  renameSync(next, folder);
  rmSync(before, { recursive: true, force: true });
}

/** The hash of what the files there were made of; undefined: there are none. @param {string} folder @returns {string | undefined} */
export function builtFrom(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "site.json"), "utf8")).inputs;
  } catch {
    return undefined;
  }
}

/** @param {string} body */
export function hashOf(body) {
  return createHash("sha256").update(body).digest("base64url").slice(0, 16);
}
