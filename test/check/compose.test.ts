import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { composeFaults, dockerfileFaults } from "../../scripts/deploy-checks/compose.mjs";

const root = join(import.meta.dirname, "../..");
const compose = readFileSync(join(root, "compose.yaml"), "utf8");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const start = "node --max-semi-space-size=16 --v8-pool-size=1 server/bin/tillway.js all";

test("compose.yaml and Dockerfile as they are have no fault", () => {
  expect([...composeFaults(compose), ...dockerfileFaults(dockerfile, start)]).toEqual([]);
});

test.each([
  ["a tag that moves", "postgres:18.4-bookworm", "postgres:18", "postgres has the image postgres:18:"],
  ["no tag", "postgres:18.4-bookworm", "postgres", "postgres has the image postgres:"],
  ["the newest", "apache/kafka:4.1.0", "apache/kafka:latest", "kafka has the image apache/kafka:latest:"],
  [
    "a password",
    "${POSTGRES_PASSWORD:?Run deploy/containers/make-env once}\n",
    "hunter2\n",
    "postgres has a value of its own for POSTGRES_PASSWORD",
  ],
  [
    "a password in a URL",
    "${POSTGRES_PASSWORD:?Run deploy/containers/make-env once}@",
    "hunter2@",
    "api has a value of its own for DATABASE_URL",
  ],
  [
    "a password that is only a default",
    "${TILLWAY_MASTER_KEY:?Run deploy/containers/make-env once}",
    "${TILLWAY_MASTER_KEY:-00}",
    "worker has a value of its own",
  ],
  ["a port for all the world", "127.0.0.1:8025:8025", "8025:8025", "mailpit publishes 8025:8025"],
  [
    "a service without a health check",
    'healthcheck:\n      <<: *health\n      test: ["CMD", "redis-cli"',
    'labels:\n      - test: ["CMD", "redis-cli"',
    "redis has no health check",
  ],
  ["a writable root file system", "read_only: true", "read_only: false", "api needs read_only"],
  ["a seventh service", "    profiles: [redis]\n", "", "the profiles are audit, kafka, mail, observability"],
])("compose: %s is named", (_, from, to, fault) => {
  expect(compose).toContain(from);
  expect(composeFaults(compose.replace(from, to)).join("\n")).toContain(fault);
});

test("compose: more than six services by default are named", () => {
  expect(composeFaults(compose.replaceAll(/ {4}profiles: .*\n/g, ""))).toContain("11 services start by default, and at most 6 may");
});

test.each([
  ["a base that moves", "node:24.21.0-bookworm-slim AS", "node:24 AS", "is made from node:24:"],
  ["a base without a tag", /FROM node:\S+\nLABEL/, "FROM node\nLABEL", "is made from node:"],
  ["root", "USER 1000:1000", "USER root", "runs as root"],
  ["root by its number", "USER 1000:1000", "USER 0", "runs as 0"],
  ["no health check", "HEALTHCHECK", "# ", "has no HEALTHCHECK"],
  ["another heap", '"--max-semi-space-size=16", "--v8-pool-size=1", ', "", "is started without --max-semi-space-size=16"],
  ["a secret in a layer", "ENV NODE_ENV", "ARG NPM_TOKEN=\nENV NODE_ENV", "has a secret"],
  ["something from elsewhere", "COPY LICENSE", "ADD LICENSE", "has ADD"],
])("Dockerfile: %s is named", (_, from, to, fault) => {
  expect(dockerfile).toMatch(from);
  expect(dockerfileFaults(dockerfile.replace(from, to), start).join("\n")).toContain(fault);
});

/** A copy in which what asks registries is this script. */
function pin(docker: string, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "tillway-pin-"));
  for (const file of ["Dockerfile", "compose.yaml", "deploy/pin-digests"]) cpSync(join(root, file), join(folder, file));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  for (const program of ["docker", "skopeo"]) {
    writeFileSync(join(folder, program), `#!/bin/sh\n${docker}\n`);
    chmodSync(join(folder, program), 0o755);
  }
  const path = [folder, dirname(process.execPath), "/bin", "/usr/bin"].join(delimiter);
  const { status, stderr } = spawnSync(join(folder, "deploy/pin-digests"), words, { env: { PATH: path }, encoding: "utf8" });
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const pinned = { status, stderr, dockerfile: read("Dockerfile"), compose: read("compose.yaml") };
  rmSync(folder, { recursive: true, force: true });
  return pinned;
}

test("digests: what a registry says is written behind each tag, and is no fault", () => {
  const digest = `sha256:${"1a".repeat(32)}`;
  const pinned = pin(`echo ${digest}`);
  expect(pinned).toMatchObject({ status: 0, stderr: "" });
  expect(pinned.dockerfile.match(/^FROM \S+@sha256:\S+/gm)).toEqual(Array(2).fill(`FROM node:24.21.0-bookworm-slim@${digest}`));
  expect(pinned.compose.match(/@sha256:/g)).toHaveLength(7);
  expect([...composeFaults(pinned.compose), ...dockerfileFaults(pinned.dockerfile, start)]).toEqual([]);
});

test.each([
  ["a registry that is away", "echo 'no such host' >&2; exit 1", 'stays as it is: docker says "no such host", skopeo says "no such host"'],
  ["an answer that is no digest", "echo sha256:short", "stays as it is"],
])("digests: of %s none is invented", (_, docker, said) => {
  const pinned = pin(docker);
  expect(pinned).toMatchObject({ status: 1, dockerfile, compose });
  expect(pinned.stderr).toContain(said);
});

test("digests: --check names what has none, and asks nobody", () => {
  const looked = pin("exit 9", "--check");
  expect(looked).toMatchObject({ status: 1, dockerfile, compose });
  expect(looked.stderr.trim().split("\n")).toHaveLength(9);
});
