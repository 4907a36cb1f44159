// Builds the documentation's site into server/dist/site, which the API serves at /docs, and the page of kept e-mails into
// server/dist/emails-page. Does nothing if its sources are as they were.
import { join } from "node:path";
import { inputsHash } from "./site/inputs.mjs";
import { builtFrom, writeFiles } from "./site/write.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "server/dist/site");
const inputs = inputsHash(root);
if (builtFrom(folder) !== inputs) {
  const { buildSite, writeSite } = await import("./site/build.mjs");
  writeSite(buildSite(root), folder, inputs);
}
const emailsFolder = join(root, "server/dist/emails-page");
if (builtFrom(emailsFolder) !== inputs) {
  const { buildEmailsPage } = await import("./site/emails.mjs");
  writeFiles(buildEmailsPage(), emailsFolder, { inputs, notFound: "/emails" });
}
