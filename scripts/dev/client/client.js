// In each page of the checkout that `npm run dev` builds: asks what was built last, and shows it. Within the page's own policy: nothing of
// another origin, and nothing inline.
/** What this page was built from. */
const own = new URL(import.meta.url).searchParams.get("code");
let style = document.querySelector("link[rel=stylesheet]")?.getAttribute("href");

async function look() {
  const answer = await fetch("/assets/built.json", { cache: "no-store" });
  if (!answer.ok) return;
  const built = await answer.json();
  // What a hosted page was opened with stands in its session's storage, so it opens the same order again; a frame is told anew by the loader.
  if (built.code !== own) return location.reload();
  if (built.style === style) return;
  style = built.style;
  document.querySelector("link[rel=stylesheet]").setAttribute("href", style);
}

// While the server starts anew nobody answers.
setInterval(() => void look().catch(() => null), 300);
