import type { HTTPMethods } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { App } from "./types.ts";

const METHODS: readonly HTTPMethods[] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/** Watches the routes that are added; `done()` then answers 405 for the other methods of their paths. */
export function answerOtherMethods(api: App): { done(): void } {
  const known = new Map<string, Set<HTTPMethods>>();
  api.addHook("onRoute", ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each as HTTPMethods);
    known.set(url, methods);
  });
  return {
    done() {
      for (const [url, methods] of known) {
        const allowed = [...methods].sort();
        const others = METHODS.filter((method) => !methods.has(method));
        api.route({
          method: others,
          url,
          schema: { hide: true },
          // Before a body is read: it would not be looked at.
          onRequest: (request, reply, next) => {
            reply.header("allow", allowed.join(", "));
            next(new TillwayError("method_not_allowed", { message: sentenceOf(request.method, allowed) }));
          },
          handler: () => undefined,
        });
      }
    },
  };
}

function sentenceOf(method: string, allowed: readonly string[]): string {
  const others = allowed.length === 1 ? `${allowed[0]} is` : `${allowed.slice(0, -1).join(", ")} and ${allowed.at(-1)} are`;
  return `${method} is not allowed here; ${others}.`;
}
