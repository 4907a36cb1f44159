/**
 * A Chromium that is spoken to by its own protocol, over a pipe. What drives a browser for tests listens in its page: then V8 reads a script
 * again for each Error that is made while it starts (React makes five), and the watcher's own script runs between those of the page. On a slowed
 * processor that was 0.2 s of what was to be measured.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { atEnd } from "./processes.mjs";

const ANSWER_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** The browser of this machine. Throws an Error with one line if there is none. */
export function pathOfChromium() {
  const found = execFileSync("sh", ["-c", "command -v chromium || command -v google-chrome || true"], { encoding: "utf8" }).trim();
  if (found === "") throw new Error("there is no chromium and no google-chrome in PATH");
  return found;
}

/** Starts one; it ends with the bench. @returns its version, and a maker of pages */
export async function openChromium() {
  const profile = mkdtempSync(join(tmpdir(), "tillway-chromium-"));
  const args = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(pathOfChromium(), args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  atEnd(async () => {
    child.kill("SIGKILL");
    await exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  });
  const pipe = new Pipe(child.stdio[3], child.stdio[4]);
  const { product } = await pipe.send("Browser.getVersion");
  return { version: product.replace("/", " "), newPage: (settings) => openPage(pipe, settings) };
}

/** Messages are JSON, each ends with a zero byte. */
class Pipe {
  #sent = new Map();
  #listeners = new Map();
  #last = 0;

  constructor(output, input) {
    this.output = output;
    let rest = Buffer.alloc(0);
    input.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
        const message = JSON.parse(rest.subarray(0, end).toString());
        rest = rest.subarray(end + 1);
        this.#take(message);
      }
    });
    for (const end of [output, input]) end.on("error", () => undefined);
  }

  /** One command and its answer. Throws an Error with what the browser said. */
  send(method, params = {}, sessionId) {
    const id = ++this.#last;
    this.output.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${method}: the browser did not answer`)), ANSWER_MS);
      this.#sent.set(id, (error, result) => {
        clearTimeout(late);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
    });
  }

  /** Events of a page. */
  listen(sessionId, take) {
    this.#listeners.set(sessionId, take);
  }

  #take({ id, error, result, method, params, sessionId }) {
    if (id === undefined) return this.#listeners.get(sessionId)?.(method, params);
    this.#sent.get(id)?.(error, result);
    this.#sent.delete(id);
  }
}

/**
 * A page in a context of its own: no cache, and only these cookies and this storage.
 * @param settings `locale`, `width`, `height`, `scale`; `kept`: what `storageState()` of Playwright gives, if somebody is signed in
 */
async function openPage(pipe, { locale, width, height, scale = 1, kept = { cookies: [], origins: [] } }) {
  const { browserContextId } = await pipe.send("Target.createBrowserContext");
  if (kept.cookies.length > 0) await pipe.send("Storage.setCookies", { cookies: kept.cookies, browserContextId });
  const { targetId } = await pipe.send("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await pipe.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => pipe.send(method, params, sessionId);
  const requests = [];
  pipe.listen(sessionId, (method, event) => {
    if (method !== "Network.requestWillBeSent" || event.request.url.startsWith("data:")) return;
    const body = async () => bytesOf(await send("Network.getResponseBody", { requestId: event.requestId }));
    requests.push({ type: event.type.toLowerCase(), url: event.request.url, sentAt: event.wallTime * 1_000, body });
  });
  await send("Network.enable");
  await send("Page.enable");
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
  const { userAgent } = await pipe.send("Browser.getVersion");
  await send("Emulation.setUserAgentOverride", { userAgent, acceptLanguage: locale });
  await send("Emulation.setLocaleOverride", { locale });
  const before = (source) => send("Page.addScriptToEvaluateOnNewDocument", { source });
  await before(`for (const { origin, localStorage: kept } of ${JSON.stringify(kept.origins)})
    if (origin === location.origin) for (const { name, value } of kept) localStorage.setItem(name, value);`);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  return {
    requests,
    send,
    before,
    evaluate,
    goto: (url) => send("Page.navigate", { url }),
    /** Types into what has the focus. */
    type: (text) => send("Input.insertText", { text }),
    /** Asks until it is something. Throws an Error after half a minute. */
    until: async (expression) => {
      for (const endsAt = performance.now() + ANSWER_MS; performance.now() < endsAt; await sleep(LOOK_EVERY_MS)) {
        const found = await evaluate(expression);
        if (found) return found;
      }
      throw new Error(`not within ${ANSWER_MS / 1_000} s: ${expression}`);
    },
    close: () => pipe.send("Target.disposeBrowserContext", { browserContextId }),
  };
}

function bytesOf({ body, base64Encoded }) {
  return Buffer.from(body, base64Encoded ? "base64" : "utf8");
}
