// Writes the parts of the documents that come from the code: marked blocks, and docs/openapi.json. With --check it only compares.
import { generateDocs } from "./docs/drift.mjs";

const write = !process.argv.includes("--check");
const { problems, written } = await generateDocs(process.cwd(), { write });
for (const file of written) console.log(`wrote ${file}`);
for (const { file, line, message, cure } of problems) console.log(`${file}:${line} ${message}. ${cure}`);
if (write && written.length === 0 && problems.length === 0) console.log("everything was up to date");
process.exitCode = problems.length > 0 ? 1 : 0;
