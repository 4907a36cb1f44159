// Whether Kubernetes knows each member of a manifest: its own OpenAPI document, as test/contracts/ has the part of it that the chart uses.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";

const { kinds, definitions } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../test/contracts/kubernetes-openapi-subset.json"), "utf8"),
);
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema({ $id: "kubernetes", definitions });
/** Not of Kubernetes itself. */
const FOREIGN = ["monitoring.coreos.com/v1 ServiceMonitor"];

/** @typedef {import("./chart.mjs").Manifest} Manifest */

/** @param {readonly Manifest[]} manifests @returns {string[]} */
export function unknownToKubernetes(manifests) {
  return manifests.flatMap((manifest) => {
    const name = `${manifest.apiVersion} ${manifest.kind}`;
    if (FOREIGN.includes(name)) return [];
    if (kinds[name] === undefined) return [`${name} is no kind that test/contracts/kubernetes-openapi-subset.json has`];
    const isKnown = ajv.getSchema(`kubernetes#/definitions/${kinds[name]}`);
    if (isKnown === undefined || isKnown(manifest)) return [];
    const errors = (isKnown.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    return errors.map((error) => `${manifest.kind} ${manifest.metadata.name}: ${error}`);
  });
}
