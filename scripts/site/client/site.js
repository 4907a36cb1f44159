// Search, and a button that copies each block of code. Everything else on the page works without it.

/** The index is made when somebody first wants to search. */
let index;

function loadIndex() {
  index ??= Promise.all([import(document.body.dataset.search), fetch(document.body.dataset.index).then((answer) => answer.json())]).then(
    ([{ default: MiniSearch }, sections]) => {
      const search = new MiniSearch({
        fields: ["heading", "page", "text"],
        idField: "id",
        searchOptions: {
          boost: { heading: 4, page: 2 },
          prefix: true,
          fuzzy: (term) => (term.length > 4 ? 0.2 : false),
          combineWith: "AND",
          boostDocument: (id) => sections[id].weight,
        },
      });
      search.addAll(sections.map((section, id) => ({ id, ...section })));
      return { search, sections };
    },
    (error) => {
      index = undefined;
      throw error;
    },
  );
  return index;
}

const MOST = 12;
const query = document.getElementById("query");
const found = document.getElementById("found");
const count = document.getElementById("count");

async function show() {
  const text = query.value.trim();
  if (text === "") return close();
  const { search, sections } = await loadIndex();
  // Somebody types faster than the index loads.
  if (query.value.trim() !== text) return;
  const results = search.search(text).slice(0, MOST);
  found.replaceChildren(...results.map(({ id, terms }) => result(sections[id], terms)));
  if (results.length === 0) found.append(paragraph("Nothing found."));
  count.textContent = results.length === 0 ? "Nothing found" : `${results.length} results`;
  found.hidden = false;
}

function result({ url, page, heading, text }, terms) {
  const link = document.createElement("a");
  link.href = url;
  const title = document.createElement("strong");
  title.textContent = heading === page ? page : `${page} › ${heading}`;
  link.append(title, paragraph(excerpt(text, terms)));
  return link;
}

/** The text around the first word that was found, from the beginning of a word. */
function excerpt(text, terms) {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const at = Math.max(0, Math.min(...places, lower.length) - 40);
  const start = places.length === 0 || at === 0 ? 0 : lower.indexOf(" ", at) + 1;
  return `${start > 0 ? "… " : ""}${text.slice(start, start + 140)}${start + 140 < text.length ? " …" : ""}`;
}

function paragraph(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

function close() {
  found.hidden = true;
  found.replaceChildren();
  count.textContent = "";
}

function move(event) {
  const links = [query, ...found.querySelectorAll("a")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    close();
    query.focus();
  } else if (step !== undefined && !found.hidden) {
    event.preventDefault();
    links[(links.indexOf(document.activeElement) + step + links.length) % links.length].focus();
  }
}

query.addEventListener("focus", () => void loadIndex().catch(() => undefined), { once: true });
query.addEventListener("input", () => void show());
query.form.addEventListener("keydown", move);
query.form.addEventListener("submit", (event) => {
  event.preventDefault();
  found.querySelector("a")?.click();
});
found.addEventListener("click", (event) => {
  if (event.target.closest("a")) close();
});
document.addEventListener("click", (event) => {
  if (!query.form.contains(event.target)) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(input|textarea)$/i.test(document.activeElement.tagName)) return;
  event.preventDefault();
  query.focus();
});
// Without JavaScript, Enter in the search leads here.
const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  query.value = asked;
  void show();
}

// The list of all pages is longer than the window.
const here = document.querySelector(".pages [aria-current]");
if (here !== null) here.closest("nav").scrollTop = here.offsetTop - window.innerHeight / 3;

for (const block of document.querySelectorAll(".code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => void copy(block, button));
  block.append(button);
}

async function copy(block, button) {
  await navigator.clipboard.writeText(block.querySelector("code").textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1_500);
}
