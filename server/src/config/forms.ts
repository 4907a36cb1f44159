/** Forms that several variables share. */
import type { Variable } from "./read.ts";

export const whole = (least: number, most: number) => (text: string) =>
  /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined;

export function port(purpose: string, fallback: number): Variable<number> {
  const form = "a port from 0 (the system chooses) to 65535";
  return { purpose, form, parse: whole(0, 65_535), fallback, cure: `Use a free port, such as ${fallback}.` };
}

/** Off if it is not set. */
export function flag(purpose: string): Variable<boolean> {
  const parse = (text: string) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined);
  return { purpose, form: "`true` or `false`", parse, fallback: false, cure: "Use true or false." };
}

export function webUrl(purpose: string, cure: string): Variable<string | null> {
  return { purpose, form: "an http or https URL without user, query and fragment", parse: plainUrl, fallback: null, cure };
}

/** A web URL without a path. */
export function origin(purpose: string, cure: string): Variable<string | null> {
  const parse = (text: string) => {
    const url = plainUrl(text);
    return url === undefined || new URL(url).pathname !== "/" ? undefined : new URL(url).origin;
  };
  return { purpose, form: "an http or https URL without user, path, query and fragment", parse, fallback: null, cure };
}

/** Where a gateway's API is: its own, or a far side of ours in tests and trials. */
export function gatewayUrl(gateway: string, fallback: string): Variable<string> {
  const purpose = `Where ${gateway}'s API is. Another address than the default is for tests and trials without ${gateway}`;
  const form = "an http or https URL without user, query and fragment";
  return {
    purpose,
    form,
    parse: plainUrl,
    fallback,
    cure: `Leave it out for ${gateway} itself, or use an address such as http://127.0.0.1:8010.`,
  };
}

function plainUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "" && !/[?#]/.test(text);
  return isPlain ? `${url.origin}${url.pathname.replace(/\/+$/, "")}` : undefined;
}
