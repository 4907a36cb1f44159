import { createServer, type AddressInfo, type Server } from "node:net";
import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readText } from "./home.ts";
import { aHome } from "./home.testing.ts";
import { choosePort, forgetPort, loopback } from "./port.ts";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function occupied(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return (server.address() as AddressInfo).port;
}

describe("the port", () => {
  it("is chosen by the system at first, and kept: URLs with it stay right", async () => {
    const home = aHome();
    const port = await choosePort(home);
    expect(port).toBeGreaterThan(1023);
    expect(readText(home.portFile)).toBe(String(port));
    expect(await choosePort(home)).toBe(port);
  });

  it("is another one if it is taken, and that one is kept", async () => {
    const home = aHome();
    const taken = await occupied();
    writeFileSync(home.portFile, `${taken}\n`);
    const port = await choosePort(home);
    expect(port).not.toBe(taken);
    expect(readText(home.portFile)).toBe(String(port));
  });

  it.each(["", "80", "0", "-1", "65536", "5432.5", "five", "5432 5433"])("is chosen again if the file holds %j", async (text) => {
    const home = aHome();
    writeFileSync(home.portFile, text);
    const port = await choosePort(home);
    expect(Number.isInteger(port) && port > 1023 && port < 65_536).toBe(true);
    expect(String(port)).not.toBe(text);
    expect(readText(home.portFile)).toBe(String(port));
  });

  it("is chosen again once it is forgotten, as when PostgreSQL found it taken", async () => {
    const home = aHome();
    await choosePort(home);
    forgetPort(home);
    expect(readText(home.portFile)).toBe("");
    expect(await choosePort(home)).toBeGreaterThan(1023);
  });
});
