/** One thread of a campaign: takes chunks of seeds, answers what they showed. The same file names itself to whoever starts it. */
import { parentPort, workerData } from "node:worker_threads";
import { runChunk, type Chunk } from "./chunk.ts";

/** The file to start a thread with, built or not. */
export const threadFile = new URL(import.meta.url);

/** What a thread of ours is started with: any other thread that loads this file (a test runner's) is left alone. */
export const THREAD_OF_A_CAMPAIGN = "tillway simulate";

if (workerData === THREAD_OF_A_CAMPAIGN) {
  parentPort?.on("message", (chunk: Chunk) => {
    void runChunk(chunk).then((result) => parentPort?.postMessage(result));
  });
}
