import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import { TillwayError } from "../core/errors.ts";

export type NoRoute = (request: FastifyRequest, reply: FastifyReply) => TillwayError;

/** Remembers the routes that are added, to tell a path that does not exist (404) from one that takes other methods (405, with `Allow`). */
export function watchRoutes(): { add(route: RouteOptions): void; refusal: NoRoute } {
  const known = new Map<string, { readonly path: RegExp; readonly methods: Set<string> }>();
  return {
    add({ url, method }) {
      const route = known.get(url) ?? { path: pathOf(url), methods: new Set() };
      for (const each of [method].flat()) route.methods.add(each);
      known.set(url, route);
    },
    refusal(request, reply) {
      const [path] = request.url.split("?", 1) as [string];
      const found = [...known.values()].find((route) => route.path.test(path));
      if (found === undefined) return new TillwayError("route_not_found");
      const allowed = [...found.methods].sort();
      reply.header("allow", allowed.join(", "));
      return new TillwayError("method_not_allowed", { message: sentenceOf(request.method, allowed) });
    },
  };
}

/** `/v1/payments/:id/cancel` as an expression; `*` at the end stands for any rest. */
function pathOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, "[^/]+").replace(/\*$/, ".*")}$`);
}

function sentenceOf(method: string, allowed: readonly string[]): string {
  const others = allowed.length === 1 ? `${allowed[0]} is` : `${allowed.slice(0, -1).join(", ")} and ${allowed.at(-1)} are`;
  return `${method} is not allowed here; ${others}.`;
}
