import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { composeFaults, dockerfileFaults } from "../../scripts/deploy-checks/compose.mjs";

const root = join(import.meta.dirname, "../..");
const compose = readFileSync(join(root, "compose.yaml"), "utf8");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const start = "node --max-semi-space-size=8 server/bin/tillway.js all";

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
  expect(composeFaults(compose.replaceAll(/ {4}profiles: .*\n/g, ""))).toContain("10 services start by default, and at most 6 may");
});

test.each([
  ["a base that moves", "node:24.21.0-bookworm-slim AS", "node:24 AS", "is made from node:24:"],
  ["a base without a tag", /FROM node:\S+\nLABEL/, "FROM node\nLABEL", "is made from node:"],
  ["root", "USER 1000:1000", "USER root", "runs as root"],
  ["root by its number", "USER 1000:1000", "USER 0", "runs as 0"],
  ["no health check", "HEALTHCHECK", "# ", "has no HEALTHCHECK"],
  ["another heap", '"--max-semi-space-size=8", ', "", "is started without --max-semi-space-size=8"],
  ["a secret in a layer", "ENV NODE_ENV", "ARG NPM_TOKEN=\nENV NODE_ENV", "has a secret"],
  ["something from elsewhere", "COPY LICENSE", "ADD LICENSE", "has ADD"],
])("Dockerfile: %s is named", (_, from, to, fault) => {
  expect(dockerfile).toMatch(from);
  expect(dockerfileFaults(dockerfile.replace(from, to), start).join("\n")).toContain(fault);
});
