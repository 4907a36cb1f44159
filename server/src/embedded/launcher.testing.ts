import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { startChild, temporaryPlace, type EmbeddedChild, type UserId } from "../../../test/support/embedded.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./launcher.ts";

/** A new place for each test of a file; servers in it end with the test. */
export class Stage {
  #place: ReturnType<typeof temporaryPlace> | undefined;
  readonly #running: EmbeddedPostgres[] = [];
  readonly #children: EmbeddedChild[] = [];

  constructor() {
    beforeEach(() => void (this.#place = temporaryPlace()));
    afterEach(async () => {
      for (const child of this.#children.splice(0)) await kill(child);
      for (const server of this.#running.splice(0)) await server.stop().catch(() => undefined);
      await this.#place?.remove();
    });
  }

  /** Everybody may pass through it; the home lies in it. */
  get path(): string {
    return this.#place!.path;
  }

  get home(): string {
    return join(this.path, "home");
  }

  start = async (homeDir = this.home): Promise<EmbeddedPostgres> => {
    const server = await startEmbeddedPostgres({ homeDir, log: () => undefined, syncFirstStart: false });
    this.#running.push(server);
    return server;
  };

  /** In another process, which is killed at the end. */
  startElsewhere = async (homeDir = this.home, user?: UserId): Promise<EmbeddedChild> => {
    const child = await startChild(homeDir, user);
    this.#children.push(child);
    return child;
  };
}

export async function kill(child: EmbeddedChild): Promise<void> {
  child.process.kill("SIGKILL");
  await child.ended;
}

/** The error that refuses it, which must be ours and one line. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  const { message } = error as Error;
  expect(message.split("\n")).toHaveLength(1);
  return message;
}
