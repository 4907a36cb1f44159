import { sampledServers } from "../../../../test/support/databases.ts";
import { postgresStorage } from "../../../../test/support/storage.ts";
import { storeConformance } from "./index.testing.ts";

for (const server of sampledServers()) storeConformance(server.name, () => postgresStorage(server.url));
