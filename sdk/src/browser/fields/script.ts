/** Loads a gateway's script once, also on a page whose policy knows Trusted Types. */
import { FieldsError, type CardFieldsOffer } from "./adapter.ts";

const LOADED_WITHIN_MS = 20_000;
const loading = new Map<string, Promise<void>>();

/**
 * @param name of what the script leaves in the page
 * Rejects with `FieldsError` script_failed; the next call tries again.
 */
export async function fromScript<Global>({ script_url: url, adapter }: CardFieldsOffer, name: string): Promise<Global> {
  const there = globalOf<Global>(name);
  if (there !== undefined) return there;
  if (url === null) throw new FieldsError("misconfigured", `The card fields of ${adapter} need script_url.`);
  const loaded = loading.get(url) ?? load(url);
  loading.set(url, loaded);
  try {
    await loaded;
  } catch (error) {
    loading.delete(url);
    throw error;
  }
  const made = globalOf<Global>(name);
  if (made === undefined) throw new FieldsError("script_failed", `${url} is not the script of ${adapter}.`);
  return made;
}

function globalOf<Global>(name: string): Global | undefined {
  return (globalThis as unknown as Record<string, Global | undefined>)[name];
}

function load(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const failed = (why: string): void => {
      clearTimeout(timer);
      script.remove();
      reject(new FieldsError("script_failed", `${url} ${why}.`));
    };
    const timer = setTimeout(() => failed("did not load in time"), LOADED_WITHIN_MS);
    script.addEventListener("error", () => failed("did not load: is it in the page's Content-Security-Policy?"));
    script.addEventListener("load", () => {
      clearTimeout(timer);
      resolve();
    });
    script.async = true;
    script.src = trusted(url);
    document.head.append(script);
  });
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | null = null;

/** A page with Trusted Types names the policy `tillway-fields`. The URL is Tillway's own answer. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("tillway-fields", { createScriptURL: (given) => given }) ?? null;
  return policy?.createScriptURL(url) ?? url;
}
