import { describe, expect, it } from "vitest";
import { AnswerReader, HEAD_MAX_BYTES } from "./answer.ts";

/** What is read of an answer that comes in pieces of this many bytes, and whose connection then ends. */
function readIn(pieces: number, answer: string, limits = { keptBytes: 1_000, readBytes: 1_000 }) {
  const reader = new AnswerReader(limits);
  const bytes = Buffer.from(answer, "latin1");
  for (let at = 0; at < bytes.length && !reader.isOver; at += pieces) reader.feed(bytes.subarray(at, at + pieces));
  const wasOver = reader.isOver;
  reader.finish("closed");
  return { reader, wasOver, shown: reader.broken ?? `${reader.status} ${reader.body()}` };
}

const LONG = "x".repeat(17_000);

describe("an answer", () => {
  it.each<[string, string, string]>([
    ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
    ["after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
    ["after hints", "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
    ["with bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "200 ok"],
    ["with a head of 17 KB", `HTTP/1.1 200 OK\r\nX: ${LONG}\r\nContent-Length: 2\r\n\r\nok`, "200 ok"],
    ["with the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
    ["with the same length twice in one line", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", "200 ok"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1 \r\nk\r\n0\r\nT: 1\r\n\r\n", "200 ok"],
    ["in chunks with bare line feeds", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n", "200 ok"],
    [
      "in chunks and with a length",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      "200 ok",
    ],
    ["without any length", "HTTP/1.1 200 OK\r\n\r\nok", "200 ok"],
    ["of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
    ["without a reason", "HTTP/1.1 500\r\nContent-Length: 2\r\n\r\nno", "500 no"],
    ["without a body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 "],
    ["with odd fields", "HTTP/1.1 200 OK\r\nnothing\r\n: x\r\nContent-Length : 2\r\nA: b\r\n c\r\n\r\nok", "200 ok"],
    ["after an empty line", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 ok"],
  ])("%s is read, in whatever pieces it comes", (_how, answer, expected) => {
    for (const pieces of [1, 2, 3, 7, 100_000]) expect(readIn(pieces, answer).shown).toBe(expected);
  });

  it.each<[string, string, string]>([
    ["that is no HTTP", "SSH-2.0-banner\r\n\r\n", "bad answer"],
    ["that changes the protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "bad answer"],
    ["with two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "bad answer"],
    ["with a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", "bad answer"],
    ["with a chunk that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n", "bad answer"],
    ["with a chunk that is longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n", "bad answer"],
    ["whose chunks are cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", "closed"],
    ["that is shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "closed"],
    ["whose head is cut", "HTTP/1.1 200 OK\r\nContent-", "closed"],
    ["whose head does not end", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(HEAD_MAX_BYTES / 6)}`, "head too large"],
    ["with announcements without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(HEAD_MAX_BYTES / 25 + 1), "head too large"],
    ["with one line without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(HEAD_MAX_BYTES)}`, "head too large"],
    [
      "whose trailer does not end",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(HEAD_MAX_BYTES / 6)}`,
      "head too large",
    ],
    ["that is too long", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1_001)}`, "answer too large"],
  ])("%s is not, and the reason is named", (_how, answer, expected) => {
    for (const pieces of [1, 7, 100_000]) expect(readIn(pieces, answer).shown).toBe(expected);
  });

  it("has its fields in small letters, repeated ones joined, folded ones in one line", () => {
    const { reader } = readIn(5, "HTTP/1.1 200 OK\r\nSet-X: 1\r\nset-x:2\r\nFold: a\r\n\tb\r\n__proto__: p\r\nContent-Length: 0\r\n\r\n");
    expect(Object.entries(reader.headers)).toEqual([
      ["set-x", "1, 2"],
      ["fold", "a b"],
      ["__proto__", "p"],
      ["content-length", "0"],
    ]);
  });

  it.each<[string, boolean]>([
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true],
    ["HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", false],
  ])("%j leaves a connection that may be used again: %s", (answer, expected) => {
    expect(readIn(100_000, answer).reader.isReusable).toBe(expected);
  });

  it("is over as soon as its length has come, and its kept part is no longer than asked for", () => {
    const limits = { keptBytes: 4, readBytes: 100 };
    const { reader, wasOver, shown } = readIn(3, `HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789`, limits);
    expect({ wasOver, shown, isCut: reader.isCut }).toEqual({ wasOver: true, shown: "200 0123", isCut: true });
  });
});
