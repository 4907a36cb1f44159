// Colours for code: comments, strings, words and numbers. Enough to find one's way in an example; no grammar of any language.
const words =
  /^(?:import|from|export|default|const|let|var|function|async|await|return|if|else|elif|for|of|in|while|new|throw|try|catch|finally|except|raise|class|def|with|as|not|and|or|true|false|null|None|True|False|undefined|type|interface)$/;
const hash = new Set(["bash", "sh", "shell", "python", "py", "yaml", "yml", "toml", "ini"]);
const slashes = new Set(["js", "javascript", "mjs", "ts", "typescript", "json", "jsonc", "java"]);

/** @param {string} code @param {string} language @returns {string} HTML */
export function highlight(code, language) {
  if (!hash.has(language) && !slashes.has(language)) return escapeHtml(code);
  const comment = hash.has(language) ? String.raw`(?<=^|\s)#[^\n]*` : String.raw`(?<![:\w])//[^\n]*|/\*[^]*?\*/`;
  const string = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\]|\\.)*'|` + "`(?:[^`\\\\]|\\\\.)*`";
  const parts = new RegExp(`(?<comment>${comment})|(?<string>${string})|(?<word>[A-Za-z_$][\\w$]*)|(?<number>\\b\\d[\\d_.]*\\b)`, "gm");
  let html = "";
  let end = 0;
  for (const match of code.matchAll(parts)) {
    const [text] = match;
    html += escapeHtml(code.slice(end, match.index));
    html += marked(text, kindOf(match.groups ?? {}, code.slice(match.index + text.length), language));
    end = match.index + text.length;
  }
  return html + escapeHtml(code.slice(end));
}

/** @param {Record<string, string | undefined>} groups @param {string} rest @param {string} language */
function kindOf({ comment, string, word, number }, rest, language) {
  if (comment !== undefined) return "c";
  if (string !== undefined) return language === "json" && /^\s*:/.test(rest) ? "k" : "s";
  if (number !== undefined) return "n";
  return word !== undefined && words.test(word) && !["bash", "sh", "shell"].includes(language) ? "w" : "";
}

/** @param {string} text @param {string} kind */
function marked(text, kind) {
  return kind === "" ? escapeHtml(text) : `<span class="${kind}">${escapeHtml(text)}</span>`;
}

/** @param {string} text */
export function escapeHtml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
