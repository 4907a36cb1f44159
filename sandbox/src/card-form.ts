/**
 * A form for a card in a frame of a far side's origin: the page around it never sees what is typed. The frame talks with that page over one
 * port, which it is handed once.
 */
import type { FarReply } from "./far-side.ts";

/** What was typed, as text. */
export interface TypedCard {
  readonly number: string;
  readonly month: string;
  /** Four digits, if they are two or four. */
  readonly year: string;
  readonly cvc: string;
}

/** What a gateway's own script in the frame works with. */
export interface FrameForm {
  read(): TypedCard;
  /** Shows the shopper a sentence. */
  say(text: string): void;
  /** Called once, with the page's end of the talk. */
  start(begin: (port: FramePort, said: Readonly<Record<string, unknown>>) => void): void;
}

export interface FramePort {
  postMessage(said: object): void;
  onmessage: ((event: { readonly data: Readonly<Record<string, string>> }) => void) | null;
}

/** What a script in the shop's page uses of its browser to show the frame. */
export interface ShopBrowser<Document> {
  readonly document: Document & {
    readonly currentScript: { readonly src: string };
    createElement(name: "iframe"): FrameElement;
  };
  readonly MessageChannel: new () => { readonly port1: FramePort; readonly port2: FramePort };
}

export interface FrameElement {
  src: string;
  title: string;
  readonly style: Record<string, string>;
  readonly contentWindow: { postMessage(said: object, origin: string, ports: readonly FramePort[]): void };
  addEventListener(type: "load", listener: () => void): void;
  remove(): void;
}

/** The page, whose script stands beside it. */
export function cardPage(script: string, title: string, button = ""): FarReply {
  const field = (name: string, label: string, hint: string, complete: string): string =>
    `<label>${label}<input name="${name}" placeholder="${hint}" autocomplete="${complete}" inputmode="numeric"></label>`;
  const inputs = [
    field("number", "Card number", "1234 1234 1234 1234", "cc-number"),
    field("expiry", "Expiry date", "MM / YY", "cc-exp"),
    field("cvc", "Security code", "CVC", "cc-csc"),
  ].join("");
  const style =
    "body{font:16px system-ui,sans-serif;margin:0;padding:4px;color-scheme:light dark}form{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}label{display:grid;gap:.25rem;font-size:.875rem}label:first-child,p,button{grid-column:1/-1}input,button{font:inherit;font-size:1rem;padding:.625rem;border:1px solid #767676;border-radius:.375rem;box-sizing:border-box;width:100%}p{margin:0;min-height:1.25rem;font-size:.875rem;color:#b00020}";
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style><form novalidate>${inputs}${button && `<button>${button}</button>`}<p role="status"></p></form><script src="${script}"></script></html>`;
  const csp = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'";
  return reply("text/html; charset=utf-8", body, { "content-security-policy": csp, "cache-control": "no-store" });
}

/** A script of functions that are sent as text: `own` is called with the form and what follows it, as JSON. */
export function cardScript(own: (form: FrameForm, ...given: never[]) => void, ...given: readonly unknown[]): FarReply {
  const args = given.map((one) => `, ${JSON.stringify(one)}`).join("");
  return reply("text/javascript; charset=utf-8", `"use strict";\n(${own.toString()})((${frameForm.toString()})()${args});\n`);
}

function reply(type: string, body: string, more: Readonly<Record<string, string>> = {}): FarReply {
  return { status: 200, headers: { "content-type": type, ...more }, body, delayMs: 0, connection: "open" };
}

interface Frame {
  readonly parent: unknown;
  readonly document: { querySelector(selector: string): { value: string; textContent: string } };
  addEventListener(type: string, listener: (event: Received) => void): void;
}

interface Received {
  readonly source: unknown;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly ports: readonly FramePort[];
  preventDefault(): void;
}

/** Sent as text: it may use nothing of this file. */
function frameForm(): FrameForm {
  const frame = globalThis as unknown as Frame;
  const value = (name: string): string => frame.document.querySelector(`[name=${name}]`).value.trim();
  const read = (): TypedCard => {
    const [month = "", year = ""] = value("expiry")
      .split("/")
      .map((part) => part.trim());
    return { number: value("number").replaceAll(/[ -]/g, ""), month, year: year.length === 2 ? `20${year}` : year, cvc: value("cvc") };
  };
  const say = (text: string): void => {
    frame.document.querySelector("[role=status]").textContent = text;
  };
  let isTaken = false;
  return {
    read,
    say,
    start(begin) {
      frame.addEventListener("submit", (event) => event.preventDefault());
      frame.addEventListener("message", ({ source, data, ports: [port] }) => {
        // Of the page around it, and of no other frame that found this one; once.
        if (isTaken || source !== frame.parent || port === undefined || data?.["type"] !== "tillway-fields") return;
        isTaken = true;
        frame.addEventListener("input", () => {
          say("");
          const { number, month, year, cvc } = read();
          const isComplete = /^\d{13,19}$/.test(number) && /^\d{1,2}$/.test(month) && /^\d{4}$/.test(year) && /^\d{3,4}$/.test(cvc);
          port.postMessage({ type: "change", complete: isComplete, empty: number === "" });
        });
        begin(port, data);
        port.postMessage({ type: "ready" });
      });
    },
  };
}
