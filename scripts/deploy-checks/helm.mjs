// The Helm chart: what Helm says of it, what it makes of the examples, and what must hold of every manifest. `--write` keeps what it makes now.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { call, chart, examples, findHelm, goldenOf, manifestsOf, readGolden, render } from "./helm/chart.mjs";
import { unknownToKubernetes } from "./helm/kubernetes.mjs";
import { faultsOf } from "./helm/rules.mjs";

export const name = "helm";
export const what = "deploy/helm: lint, the examples against what was kept of them, probes, figures, rights, refused values";

/** Values that must not come through, each with a word of what is said. @type {readonly [string, string[], RegExp][]} */
const refused = [
  ["maxSurge and maxUnavailable 0", ["--set", "api.strategy.maxSurge=0"], /no pod could ever be replaced/],
  ["the same as shares", ["--set", "worker.strategy.maxSurge=0%"], /no pod could ever be replaced/],
  ["no image", ["--set", "image.repository="], /image\.repository/],
  ["no Secret", ["--set", "existingSecret="], /existingSecret/],
  ["a secret among the settings", ["--set", "config.DATABASE_URL=postgres://a:b@c/d"], /DATABASE_URL/],
  ["a value that there is not", ["--set", "api.replica=3"], /replica/],
  ["root", ["--set", "podSecurityContext.runAsNonRoot=false"], /runAsNonRoot/],
  ["an Ingress without its addresses", ["--set", "ingress.enabled=true,ingress.apiHost=pay.example.com"], /trustedProxies/],
  ["Kafka without brokers", ["--set", "engine=kafka"], /kafka\.brokers/],
];

/** @returns {Promise<string[]>} */
export async function run() {
  const helm = findHelm();
  if (helm === undefined) throw Object.assign(new Error("helm is not installed"), { name: "Skipped" });
  const lint = call(helm, ["lint", "--strict", "--quiet", chart, "--set", "image.repository=tillway,existingSecret=tillway"]);
  const faults = lint.status === 0 ? [] : [`helm lint: ${lint.stdout}${lint.stderr}`];
  for (const example of examples()) faults.push(...(await faultsOfExample(helm, example)));
  for (const [title, options, word] of refused) {
    const { status, stderr } = render(helm, "minimal", options);
    if (status === 0) faults.push(`${title}: it comes through`);
    else if (!word.test(stderr)) faults.push(`${title}: the refusal does not name its cause: ${stderr}`);
  }
  return faults;
}

/** @param {string} helm @param {string} example @returns {Promise<string[]>} */
async function faultsOfExample(helm, example) {
  const { status, stdout, stderr } = render(helm, example);
  if (status !== 0) return [`examples/${example}.yaml: ${stderr}`];
  const changed =
    stdout === readGolden(example)
      ? []
      : [`examples/${example}.yaml makes other manifests than were kept: look at \`npm run helm:golden\``];
  const manifests = manifestsOf(stdout);
  const faults = [...unknownToKubernetes(manifests), ...(await faultsOf(manifests))];
  return [...changed, ...faults.map((fault) => `examples/${example}.yaml: ${fault}`)];
}

function write() {
  const helm = findHelm();
  if (helm === undefined) throw new Error("helm is not installed");
  for (const example of examples()) {
    const { status, stdout, stderr } = render(helm, example);
    if (status !== 0) throw new Error(stderr);
    mkdirSync(dirname(goldenOf(example)), { recursive: true });
    writeFileSync(goldenOf(example), stdout);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv.includes("--write")) write();
  const faults = await run();
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
