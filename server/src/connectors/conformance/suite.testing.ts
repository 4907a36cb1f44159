/** What every connector must do, whatever its gateway: run offline against a far side that can misbehave. For tests only. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accountConformance } from "./accounts.testing.ts";
import { amountConformance } from "./amounts.testing.ts";
import { chargeConformance, questionConformance } from "./charges.testing.ts";
import { createKit, LACKS_MAX, SCENARIOS_MIN } from "./kit.testing.ts";
import { listConformance } from "./list.testing.ts";
import { methodConformance } from "./methods.testing.ts";
import { cancelConformance, operationConformance } from "./operations.testing.ts";
import { requestConformance } from "./requests.testing.ts";
import { truthConformance } from "./truth.testing.ts";
import { webhookConformance } from "./webhooks.testing.ts";
import type { World } from "./world.testing.ts";

const SOURCE = /^(https:\/\/\S+|(test|sandbox|server|docs)\/\S+)$/;

/** @param folder where a scaffold may have left something open */
export function connectorConformance(name: string, open: () => Promise<World>, folder?: string): void {
  describe(`${name}: conformance`, () => {
    let world: World;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.close());
    const kit = createKit(name, () => world);

    chargeConformance(kit);
    questionConformance(kit);
    operationConformance(kit);
    cancelConformance(kit);
    methodConformance(kit);
    amountConformance(kit);
    truthConformance(kit);
    requestConformance(kit);
    listConformance(kit);
    webhookConformance(kit);
    accountConformance(kit);

    // The last ones: by now the scenarios are counted, and each skip was asked for.
    describe("all in all", () => {
      it(`${kit.scenarios} scenarios, skipped only for what the gateway lacks: ${LACKS_MAX} things at most, each with its source`, () => {
        expect(kit.scenarios).toBeGreaterThanOrEqual(SCENARIOS_MIN);
        for (const [what, lack] of Object.entries(world.lacks ?? {})) {
          expect([what, lack.why]).toEqual([what, expect.stringMatching(/\w+ \w+ \w+/)]);
          expect([what, lack.source]).toEqual([what, expect.stringMatching(SOURCE)]);
        }
        const lacked = new Set(kit.skipped);
        expect(lacked.size, [...lacked].join(", ")).toBeLessThanOrEqual(LACKS_MAX);
      });
      if (folder !== undefined) nothingLeftOpen(folder);
    });
  });
}

/** What the scaffold of a new connector leaves open is marked with these words; the rest of the line says what is missing. */
const LEFT_OPEN = "FILL IN ";

/** Fails as long as a file of this folder has a mark of the scaffold, and lists what is missing. */
function nothingLeftOpen(folder: string): void {
  it("nothing that the scaffold left open is still open", () => {
    const open = readdirSync(folder).flatMap((file) =>
      readFileSync(join(folder, file), "utf8")
        .split("\n")
        .flatMap((line, at) => (line.includes(LEFT_OPEN) ? [`${file}:${at + 1} ${line.slice(line.indexOf(LEFT_OPEN))}`] : [])),
    );
    expect(open).toEqual([]);
  });
}
