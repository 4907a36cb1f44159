/** One thread of a campaign: takes chunks of seeds and returns their results. `threadFile` names this file for its starter. */
import { parentPort, workerData } from "node:worker_threads";
import { runChunk, type Chunk } from "./chunk.ts";

/** The file to start a thread with, built or not. */
export const threadFile = new URL(import.meta.url);

/** Marks a thread of ours: any other thread that loads this file (a test runner's) is left alone. */
export const THREAD_OF_A_CAMPAIGN = "tillway simulate";

if (workerData === THREAD_OF_A_CAMPAIGN) {
  parentPort?.on("message", (chunk: Chunk) => {
    void runChunk(chunk).then((result) => parentPort?.postMessage(result));
  });
}
