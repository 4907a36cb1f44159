import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canRunAsNobody, nobody } from "../../../test/support/embedded.ts";
import { refusalOf, Stage } from "./launcher.testing.ts";

const stage = new Stage();
const { start } = stage;

const refusal = () => refusalOf(start());

describe("a start is refused with one line", () => {
  it("while another Tillway uses the home, in this process or another", async () => {
    const child = await stage.startElsewhere();
    expect(await refusal()).toMatch(new RegExp(`^Another Tillway \\(pid ${child.process.pid}\\) uses .*end it, or set TILLWAY_HOME`));
    child.process.kill("SIGTERM");
    await child.ended;
    await start();
    expect(await refusal()).toContain(`pid ${process.pid}`);
    const second = await stage.startElsewhere();
    expect(second.report).toMatchObject({ name: "EmbeddedPostgresError", message: expect.stringContaining("Another Tillway") });
    await second.ended;
  });

  it("for data of another major version, and the data is left as it is", async () => {
    await (await start()).stop();
    const file = join(stage.home, "postgres", "data", "PG_VERSION");
    writeFileSync(file, "17\n");
    expect(await refusal()).toMatch(/was written by PostgreSQL 17, this Tillway brings 18: .*TILLWAY_HOME.*DATABASE_URL/);
    expect(readFileSync(file, "utf8")).toBe("17\n");
    writeFileSync(file, "18\n");
    expect((await start()).version).toMatch(/^18/);
  });

  it("if the data directory holds something else", async () => {
    mkdirSync(join(stage.home, "postgres", "data"), { recursive: true });
    writeFileSync(join(stage.home, "postgres", "data", "letter.txt"), "dear");
    expect(await refusal()).toMatch(/holds no PostgreSQL data: move it away, or set TILLWAY_HOME/);
  });

  it("if the password was lost", async () => {
    await (await start()).stop();
    rmSync(join(stage.home, "postgres", "password"));
    expect(await refusal()).toMatch(/password is missing.*put it back, or set TILLWAY_HOME/);
  });

  it("if a file is in the way", async () => {
    writeFileSync(stage.home, "");
    expect(await refusal()).toMatch(/is in the way of the data directory: set TILLWAY_HOME/);
  });

  it("if the data cannot be read, with PostgreSQL's own reason and the place of its log", async () => {
    await (await start()).stop();
    rmSync(join(stage.home, "postgres", "data", "global"), { recursive: true });
    expect(await refusal()).toMatch(/^PostgreSQL did not start \(.*pg_control.*\): see .*log, or set DATABASE_URL\.$/);
  });

  it.runIf(canRunAsNobody)("for an ordinary user in a home of somebody else", async () => {
    await (await start()).stop();
    const { report } = await stage.startElsewhere(stage.home, nobody);
    expect(report.message).toMatch(/This user may not read and write .*home: run Tillway as its owner, or set TILLWAY_HOME/);
  });

  it.runIf(canRunAsNobody)("for an ordinary user below a directory that he may not enter", async () => {
    chmodSync(stage.path, 0o700);
    const { report } = await stage.startElsewhere(stage.home, nobody);
    expect(report.message).toMatch(/may not read and write .*set TILLWAY_HOME to a directory of your own/);
  });

  it("and the lock is free again, so that the next try works", async () => {
    await (await start()).stop();
    const file = join(stage.home, "postgres", "data", "PG_VERSION");
    writeFileSync(file, "16\n");
    await refusal();
    writeFileSync(file, "18\n");
    expect((await start()).adopted).toBe(false);
  });
});
