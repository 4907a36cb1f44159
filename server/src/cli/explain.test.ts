import { describe, expect, it } from "vitest";
import { ConfigError } from "../config.ts";
import { TillwayError } from "../core/errors.ts";
import { EmbeddedPostgresError } from "../embedded/errors.ts";
import { explain, UsageError } from "./explain.ts";
import { HomeError } from "./home.ts";

const failure = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

describe("an error that a user can mend is one line with its cure", () => {
  it.each<[string, Error, RegExp]>([
    ["a port that is taken", failure("listen EADDRINUSE: 127.0.0.1:8000", { code: "EADDRINUSE" }), /API_PORT.*--port/],
    ["a port that needs rights", failure("listen EACCES: 0.0.0.0:80", { code: "EACCES", syscall: "listen" }), /above 1023/],
    ["an address of another machine", failure("listen EADDRNOTAVAIL", { code: "EADDRNOTAVAIL" }), /HOST must/],
    ["a home without rights", failure("EACCES: permission denied, mkdir", { code: "EACCES", syscall: "mkdir" }), /TILLWAY_HOME/],
    ["a file where the home should be", failure("EEXIST: file already exists, mkdir", { code: "EEXIST" }), /another directory/],
    ["a full disk", failure("ENOSPC: no space left", { code: "ENOSPC" }), /Make room/],
    ["a database that is not there", failure('database "x" does not exist', { code: "3D000" }), /does not exist\. Create it first/],
    ["a wrong password", failure('password authentication failed for user "u"', { code: "28P01" }), /user or password of DATABASE_URL/],
    ["no password at all", failure("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"), /DATABASE_URL names none/],
    ["a server that is down", failure("connect ECONNREFUSED 127.0.0.1:5432", { code: "ECONNREFUSED" }), /server runs/],
    [
      "a server whose socket is not there",
      failure("connect ENOENT /run/postgresql/.s.PGSQL.5432", { code: "ENOENT", syscall: "connect" }),
      /by this socket: check host and port in DATABASE_URL/,
    ],
    [
      "a socket that we may not use",
      failure("connect EACCES /run/postgresql/.s.PGSQL.5432", { code: "EACCES", syscall: "connect" }),
      /by this socket: check host and port in DATABASE_URL/,
    ],
    ["a silent server", failure("timeout expired"), /server runs/],
    ["a name that nobody knows", failure("getaddrinfo ENOTFOUND db.example", { code: "ENOTFOUND" }), /host in DATABASE_URL/],
    ["a server without TLS", failure("The server does not support SSL connections"), /sslmode/],
    [
      "rights that are missing, said by what it caused",
      failure("migration 1 (first) failed: permission denied for schema public", {
        cause: failure("permission denied", { code: "42501" }),
      }),
      /permission denied for schema public\. Let the role/,
    ],
    [
      "an error with its own line",
      new EmbeddedPostgresError("Another Tillway uses this home."),
      /^tillway: Another Tillway uses this home\.$/,
    ],
    ["a spoiled file of the home", new HomeError("master-key does not hold 64 hex digits."), /64 hex digits\.$/],
    [
      "a refusal of our own",
      new TillwayError("invalid_field", { message: "The e-mail must look so." }),
      /^tillway: The e-mail must look so\.$/,
    ],
  ])("%s", (_name, error, line) => {
    const { text, exitCode } = explain(error, "api");
    expect(text).toMatch(line);
    expect(text.split("\n")).toHaveLength(1);
    expect(exitCode).toBe(1);
  });

  it("the configuration names all that is wrong, one line each", () => {
    const problems = [
      { variable: "DATABASE_URL", problem: "is missing", cure: "Set it." },
      { variable: "API_PORT", problem: "is bad", cure: "Mend it." },
    ];
    const { text, exitCode } = explain(new ConfigError("api", problems), "api");
    expect([text.split("\n").length, exitCode]).toEqual([3, 78]);
  });
});

describe("a wrong call ends with 2", () => {
  it.each([
    [new UsageError("missing: --email"), "merchant", "tillway: missing: --email"],
    [
      failure("Unknown option '--port'. To specify a positional argument starting with a '-', …", {
        code: "ERR_PARSE_ARGS_UNKNOWN_OPTION",
      }),
      "api",
      "tillway: Unknown option '--port'. API_PORT sets the port. See: tillway api --help",
    ],
    [
      failure("Unexpected argument 'x'. This command does not take positional arguments", { code: "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL" }),
      "worker",
      "tillway: Unexpected argument 'x'. See: tillway worker --help",
    ],
    [
      failure("Option '--url <value>' argument missing", { code: "ERR_PARSE_ARGS_INVALID_OPTION_VALUE" }),
      "merchant",
      "tillway: Option '--url <value>' argument missing. See: tillway merchant --help",
    ],
  ])("%o", (error, command, text) => {
    expect(explain(error, command)).toEqual({ text, exitCode: 2 });
  });
});

it("a bug of ours shows its stack, whatever was thrown", () => {
  const bug = new TypeError("x is not a function");
  expect(explain(bug, "all")).toEqual({ text: `tillway: ${bug.stack}`, exitCode: 1 });
  expect(explain("text", "all").text).toContain("text");
  expect(explain(undefined, "all").exitCode).toBe(1);
});
