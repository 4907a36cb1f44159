import { sampledServers } from "../../../../test/support/databases.ts";
import { postgresStorage } from "../../../../test/support/storage.ts";
import { storeConformance } from "./index.testing.ts";

for (const server of sampledServers()) {
  storeConformance(server.name, () => postgresStorage(server.url));
  // Most of its questions are asked one at a time; under load many go together.
  storeConformance(`${server.name}, as many at once are written`, () => postgresStorage(server.url, { inArrays: true }));
}
