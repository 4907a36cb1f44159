// The page that shows the e-mails that were kept and not sent: one page, its script and its style, as a map from address to bytes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf } from "./write.mjs";

/** @returns {Map<string, import("./write.mjs").ServedFile>} */
export function buildEmailsPage() {
  /** @type {Map<string, import("./write.mjs").ServedFile>} */
  const files = new Map();
  const hashed = (/** @type {string} */ name, /** @type {string} */ type) => {
    const body = readFileSync(join(import.meta.dirname, "client", name), "utf8");
    const url = `/emails/assets/${name.replace(".", `.${hashOf(body)}.`)}`;
    files.set(url, { type: `${type}; charset=utf-8`, body, forever: true });
    return url;
  };
  const body = page(hashed("emails.css", "text/css"), hashed("emails.js", "text/javascript"));
  return files.set("/emails", { type: "text/html; charset=utf-8", body });
}

/** Nothing inline: the page's policy forbids it. @param {string} style @param {string} script */
function page(style, script) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="referrer" content="no-referrer" />
<meta name="robots" content="noindex" />
<title>E-mails kept by Tillway</title>
<link rel="icon" href="data:," />
<link rel="stylesheet" href="${style}" />
<script type="module" src="${script}"></script>
</head>
<body>
<header>
<h1>E-mails to shoppers</h1>
<p>Kept here and not sent: this Tillway has no mail server.</p>
</header>
<p id="how" hidden>Whose e-mails? Open the link that npm start printed, or the one that "npx tillway emails page" prints for your key.</p>
<p id="notice" role="status" hidden></p>
<main>
<nav aria-label="E-mails, newest first"><ul id="list"></ul></nav>
<article id="mail" aria-labelledby="subject" hidden>
<a class="back" href="#">All e-mails</a>
<h2 id="subject" tabindex="-1" dir="auto"></h2>
<dl id="about"></dl>
<fieldset>
<legend class="unseen">Show</legend>
<label><input type="radio" name="view" value="html" checked /> HTML</label>
<label><input type="radio" name="view" value="text" /> Text</label>
<label><input type="radio" name="view" value="headers" /> Headers</label>
</fieldset>
<iframe id="html" title="The message as HTML" sandbox="" referrerpolicy="no-referrer"></iframe>
<pre id="text" dir="auto" hidden tabindex="0"></pre>
<dl id="headers" hidden></dl>
</article>
</main>
<noscript>This page needs JavaScript.</noscript>
</body>
</html>
`;
}
