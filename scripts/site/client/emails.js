// Shows the e-mails that a merchant's Tillway kept instead of sending. What others wrote is set as text; a message's HTML is shown in a
// frame that may do nothing.

const STORED = "tillway.emails";
const ASK_EVERY_MS = 4_000;
const at = (/** @type {string} */ id) => document.getElementById(id);

/** @type {readonly any[]} */
let emails = [];
let shownList = "";

/** The key stands in the address once, behind `#`; it is kept for this tab and taken out, so that it is in no bookmark or picture. */
function takeKey() {
  if (!location.hash.startsWith("#emails.")) return;
  sessionStorage.setItem(STORED, location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}

async function ask() {
  const key = sessionStorage.getItem(STORED);
  if (key === null) return say(at("how").textContent);
  try {
    const answer = await fetch("/emails/kept", { headers: { "x-mailbox-key": key }, cache: "no-store" });
    if (answer.status === 401) return say(at("how").textContent);
    if (!answer.ok) return say(`Tillway answers ${answer.status}. It is asked again.`);
    emails = (await answer.json()).data;
    say(emails.length === 0 ? "No e-mails yet. Turn them on, and pay with an address: docs/emails.md says how." : "");
    list();
    show();
  } catch {
    say("Tillway does not answer. It is asked again.");
  }
}

function say(/** @type {string} */ text) {
  if (at("notice").textContent !== text) at("notice").textContent = text;
  at("notice").hidden = text === "";
}

function list() {
  const next = emails.map((each) => `${each.delivery_id} ${each.captured_at}`).join();
  if (next === shownList) return;
  shownList = next;
  at("list").replaceChildren(
    ...emails.map((email) => {
      const link = made("a", { href: `#${email.delivery_id}` }, [
        made("span", { className: "subject", dir: "auto" }, [email.subject]),
        made("span", { className: "to" }, [email.to]),
        time(email.captured_at),
      ]);
      return made("li", {}, [link]);
    }),
  );
}

function time(/** @type {string} */ text) {
  const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(text));
  return made("time", { dateTime: text }, [shown]);
}

/** The one that the address names, in the way that is chosen. */
function show(/** @type {boolean} */ isNew = false) {
  const id = location.hash.slice(1);
  const email = emails.find((each) => each.delivery_id === id);
  document.body.classList.toggle("one", email !== undefined);
  at("mail").hidden = email === undefined;
  for (const link of at("list").querySelectorAll("a")) {
    if (link.hash === `#${id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  document.title = email === undefined ? "E-mails kept by Tillway" : `${email.subject} · E-mails kept by Tillway`;
  if (email === undefined) return;
  const view = document.querySelector("input[name=view]:checked").value;
  at("subject").textContent = email.subject;
  at("about").replaceChildren(
    ...terms([
      ["From", email.from],
      ["To", email.to],
    ]),
    made("dt", {}, ["Kept"]),
    made("dd", {}, [time(email.captured_at)]),
  );
  at("text").textContent = email.text;
  at("headers").replaceChildren(...terms(email.headers));
  // It is not loaded again while the same message is shown.
  if (at("html").dataset.shown !== email.html_url + email.captured_at) {
    at("html").dataset.shown = email.html_url + email.captured_at;
    at("html").src = email.html_url;
  }
  for (const name of ["html", "text", "headers"]) at(name).hidden = name !== view;
  if (isNew) at("subject").focus();
}

function terms(/** @type {readonly (readonly [string, string])[]} */ rows) {
  return rows.flatMap(([name, value]) => [made("dt", {}, [name]), made("dd", { dir: "auto" }, [value])]);
}

function made(/** @type {string} */ tag, /** @type {object} */ members, /** @type {readonly (Node | string)[]} */ content) {
  const element = Object.assign(document.createElement(tag), members);
  element.append(...content);
  return element;
}

takeKey();
addEventListener("hashchange", () => {
  const before = sessionStorage.getItem(STORED);
  takeKey();
  if (sessionStorage.getItem(STORED) === before) return show(true);
  shownList = "";
  void ask();
});
for (const input of document.querySelectorAll("input[name=view]")) input.addEventListener("change", () => show());
document.addEventListener("visibilitychange", () => !document.hidden && void ask());
setInterval(() => !document.hidden && void ask(), ASK_EVERY_MS);
void ask();

// A module of its own, for whoever checks types.
export {};
