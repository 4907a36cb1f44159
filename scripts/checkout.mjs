// Builds the checkout's pages into server/dist/checkout-page, which its listener serves. Does nothing if its sources are as they were.
import { join } from "node:path";
import { inputsHash } from "./checkout/inputs.mjs";
import { builtFrom, writeFiles } from "./site/write.mjs";

const root = join(import.meta.dirname, "..");
const folder = join(root, "server/dist/checkout-page");
const inputs = inputsHash(root);
if (builtFrom(folder) !== inputs) {
  const { buildCheckout } = await import("./checkout/build.mjs");
  const { files, over } = await buildCheckout(root);
  if (over.length > 0) {
    console.error(over.map((line) => `checkout: ${line}`).join("\n"));
    process.exit(1);
  }
  writeFiles(files, folder, { inputs, notFound: "/404" });
}
