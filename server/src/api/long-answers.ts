/** Answers that go on for long: their caller is looked at again while they do, and HEAD asks for their head only. */
import { PassThrough, pipeline, type Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { TillwayError } from "../core/errors.ts";

/** An answer ends at most this long, and the time of one look, after its caller's key, session or right has ended. */
export const STILL_ALLOWED_EVERY_MS = 2_000;

/**
 * Breaks the answer off when its caller may not have it any more, also one who has stopped to read, and while its rows are waited for: a
 * file that ends like this is seen to be no whole one.
 */
export function whileAllowed(rows: Readable, isAllowed: () => Promise<boolean>, everyMs = STILL_ALLOWED_EVERY_MS): Readable {
  // What is read from a generator ends only after the row that it waits for: the answer must not.
  const answer = new PassThrough();
  pipeline(rows, answer, () => undefined);
  let isLooking = false;
  const timer = setInterval(() => {
    // A store that is slow to say is asked one question at a time.
    if (isLooking) return;
    isLooking = true;
    void isAllowed().then((may) => {
      isLooking = false;
      if (!may)
        answer.destroy(new TillwayError("authentication_error", { message: "The key or session has ended, or may this no longer." }));
    });
  }, everyMs);
  timer.unref();
  return answer.once("close", () => clearInterval(timer));
}

/** The types of a route's replies know of texts only. */
export function sendLong(reply: FastifyReply, headers: Readonly<Record<string, string>>, stream: Readable): FastifyReply {
  return reply.headers(headers).send(stream);
}

/** HEAD: no rows are read, and no place is taken. */
export function headOnly(request: FastifyRequest, reply: FastifyReply, headers: Readonly<Record<string, string>>): FastifyReply | null {
  return request.method === "HEAD" ? reply.headers(headers).send() : null;
}
