/** The cookie that keeps somebody signed in. Its prefix binds it to this host, all paths of it and TLS; browsers take localhost for safe. */
import { hash, randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

export const COOKIE = "__Host-tillway_session";
const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax";
/** 128 bits. */
const TOKEN_BYTES = 16;
const FORM = /^[\w-]{22}$/;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** What is stored of a token: it is random, so there is nothing to guess. */
export function tokenHashOf(token: string): string {
  return hash("sha256", token, "hex");
}

/** Null: there is none, or two of them, of which one is not ours. */
export function tokenHashIn(request: Pick<FastifyRequest, "headers">): string | null {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(`${COOKIE}=`)).map((pair) => pair.slice(COOKIE.length + 1));
  return values.length === 1 && FORM.test(values[0]!) ? tokenHashOf(values[0]!) : null;
}

export function keepCookie(reply: FastifyReply, token: string, maxAgeMs: number): void {
  reply.header("set-cookie", `${COOKIE}=${token}; Max-Age=${Math.floor(maxAgeMs / 1_000)}; ${ATTRIBUTES}`);
}

export function dropCookie(reply: FastifyReply): void {
  reply.header("set-cookie", `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`);
}
