/** The programs of examples/ as merchants run them, at the end of a Tillway that runs. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signatureHeaders } from "../../server/src/deliveries/webhook/sign.ts";
import { databaseServers } from "../support/databases.ts";
import { pythonLibraries } from "../support/python.ts";
import { waitFor } from "../support/wait-for.ts";
import { upi, type Merchant } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const folder = fileURLToPath(new URL("../../examples/receivers/", import.meta.url));
const exec = promisify(execFile);

/** What each of them says; the pages of sdk/ and examples/ list the same words. */
const messages = {
  client: { tampered: "No signature fits", replayed: "The webhook was signed", parsed: "The body was already parsed" },
  python: { tampered: "No matching signature found", replayed: "Message timestamp too old", parsed: "The body was already parsed" },
};

const python = await pythonLibraries();
afterAll(() => python.remove());

interface Sample {
  readonly name: string;
  readonly command: readonly [string, string];
  readonly says: (typeof messages)["client"];
  readonly missing: string | null;
}

const samples: Sample[] = [
  ...["express", "fastify", "hono", "node"].map((name) => ({
    name,
    command: [process.execPath, `${name}.mjs`] as const,
    says: messages.client,
    missing: null,
  })),
  { name: "python", command: ["python3", "python/receiver.py"], says: messages.python, missing: python.missing },
];

describe.each(databaseServers().slice(0, 1))("receivers, on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(serverUrl);
  });
  afterAll(() => stage?.close());

  for (const { name, command, says, missing } of samples) {
    const isSkipped = missing !== null && process.env.REQUIRE_SERVICES !== "1";
    describe.skipIf(isSkipped)(`${name}${isSkipped ? ` (${missing})` : ""}`, () => {
      let shop: Merchant;
      let secret: string;
      let url: string;
      let child: ChildProcess;
      let said = "";

      beforeAll(async () => {
        if (missing !== null) throw new Error(`${missing}, and REQUIRE_SERVICES=1 forbids to skip`);
        const port = await freePort();
        url = `http://127.0.0.1:${port}`;
        ({ client: shop, webhookSecret: secret } = await stage.merchant(`${url}/webhooks`));
        const env = { PATH: process.env.PATH, PORT: String(port), TILLWAY_WEBHOOK_SECRET: secret, PYTHONPATH: python.path };
        child = spawn(command[0], [command[1]], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
        for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
        await waitFor(`${name} to listen`, () => said.includes("listening on"), { timeoutMs: 30_000 });
      });
      afterAll(() => void child?.kill("SIGKILL"));

      /** As Tillway sends it, by the code with which it signs. */
      const send = async (path: string, { body = '{"id":"evt_x","type":"payment.failed","data":{"id":"pay_x"}}', sent = "", age = 0 }) => {
        const endpoint = { secret, previousSecret: null, previousSecretUntil: null };
        const headers = signatureHeaders({ eventId: "evt_x", body, now: Date.now() - age * 1_000, endpoint });
        const answer = await fetch(url + path, {
          method: "POST",
          body: sent || body,
          headers: { ...headers, "content-type": "application/json" },
        });
        return { status: answer.status, text: await answer.text() };
      };

      it("receives and verifies the webhook of a payment", async () => {
        const { json } = await shop.create(upi("success", { confirm: true }));
        await waitFor(`${name} to ship ${json.id}`, () => said.includes(`ship ${json.id}`), { timeoutMs: 30_000 });
        await waitFor("its deliveries to be done", async () => {
          const { data } = (await shop.get(`/v1/deliveries?payment_id=${json.id}`)).json;
          return data.length > 0 && data.every((one: { status: string }) => one.status === "succeeded");
        });
      });

      it("takes a test event, whose data is empty", async () => {
        const { id } = (await shop.get("/v1/webhook-endpoint")).json;
        const { json } = await shop.post(`/v1/webhook-endpoints/${id}/test`, {});
        await waitFor("it to arrive", () => said.includes("webhook.test arrived"));
        await waitFor("its delivery to be done", async () => (await shop.get(`/v1/deliveries/${json.id}`)).json.status === "succeeded");
      });

      it("refuses what was tampered with, and what is replayed, and acts on neither", async () => {
        const body = '{"id":"evt_x","type":"payment.succeeded","data":{"id":"pay_not_shipped"}}';
        const tampered = await send("/webhooks", { sent: body });
        expect([tampered.status, tampered.text]).toEqual([400, expect.stringContaining(says.tampered)]);
        const replayed = await send("/webhooks", { body, age: 301 });
        expect([replayed.status, replayed.text]).toEqual([400, expect.stringContaining(says.replayed)]);
        expect((await send("/webhooks", {})).status).toBe(204);
        await waitFor("the one that is sound", () => said.includes("payment.failed pay_x"));
        expect(said).not.toContain("pay_not_shipped");
      });

      it("acts once on a genuine event that somebody sends again while its time is still good", async () => {
        const body = `{"id":"evt_again","type":"payment.failed","data":{"id":"pay_again"}}`;
        for (let n = 0; n < 3; n++) expect((await send("/webhooks", { body })).status).toBe(204);
        // Later ones are answered after it.
        await send("/webhooks", { body: body.replaceAll("again", "last") });
        await waitFor("the last one", () => said.includes("pay_last"));
        expect(said.split("pay_again")).toHaveLength(2);
      });

      it("says what to change if the body was already parsed", async () => {
        const { status, text } = await send("/parsed", {});
        expect(status).toBeGreaterThanOrEqual(400);
        expect(text).toContain(says.parsed);
      });
      it("without a secret says which variable to set, and ends", async () => {
        const env = { PATH: process.env.PATH, PYTHONPATH: python.path };
        const ended = exec(command[0], [command[1]], { cwd: folder, env });
        await expect(ended).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^TILLWAY_WEBHOOK_SECRET is not set/) });
      });
    });
  }
});
