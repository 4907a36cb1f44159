/** One thread of a campaign: takes chunks of seeds, answers what they showed. */
import { parentPort } from "node:worker_threads";
import { runChunk, type Chunk } from "./chunk.ts";

parentPort?.on("message", (chunk: Chunk) => {
  void runChunk(chunk).then((result) => parentPort?.postMessage(result));
});
