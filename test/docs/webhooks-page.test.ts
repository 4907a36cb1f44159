/** The code of docs/webhooks.md verifies what Tillway sends, and refuses what somebody else might. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signatureHeaders } from "../../server/src/deliveries/webhook/sign.ts";

const run = promisify(execFile);
const secret = `whsec_${Buffer.alloc(33, 7).toString("base64")}`;
const old = `whsec_${Buffer.alloc(33, 8).toString("base64")}`;
const body = '{"id":"evt_1","type":"payment.succeeded","data":{"name":"Zoë ₹"}}';

type Given = { headers: Record<string, string>; body: string };
const sent = (now = Date.now(), by: { secret: string; previousSecret: string | null } = { secret, previousSecret: null }): Given => ({
  headers: signatureHeaders({ eventId: "evt_1", body, now, endpoint: { ...by, previousSecretUntil: now + 1_000 } }),
  body,
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "webhooks-page-"));
  const page = await readFile(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
  const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)![1]!;
  await writeFile(join(folder, "verify.mjs"), block("js"));
  await writeFile(
    join(folder, "verify.py"),
    `${block("python")}\nimport sys\ngiven = json.load(sys.stdin)\nprint(json.dumps(verify(given["headers"], given["body"].encode(), given["secret"])))\n`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const languages: Readonly<Record<string, (given: Given) => Promise<unknown>>> = {
  "of Node": async (given) => {
    const { verify } = (await import(pathToFileURL(join(folder, "verify.mjs")).href)) as {
      verify: (headers: object, body: string, secret: string) => unknown;
    };
    return verify(given.headers, given.body, secret);
  },
  "of Python": async (given) => {
    const child = run("python3", [join(folder, "verify.py")]);
    child.child.stdin!.end(JSON.stringify({ ...given, secret }));
    return JSON.parse((await child).stdout) as unknown;
  },
};

const hasPython = await run("python3", ["--version"]).then(
  () => true,
  () => false,
);

describe.each(Object.keys(languages))("the code %s", (language) => {
  const it_ = language === "of Python" && !hasPython ? it.skip : it;
  const verify = (given: Given) => languages[language]!(given);

  it_("takes what is sent, also while the secret is rotated", async () => {
    expect(await verify(sent())).toEqual(JSON.parse(body));
    expect(await verify(sent(Date.now(), { secret: old, previousSecret: secret }))).toEqual(JSON.parse(body));
  });

  it_("refuses a changed body, an old or future time, and another's secret", async () => {
    const good = sent();
    await expect(verify({ ...good, body: body.replace("evt_1", "evt_2") })).rejects.toThrow("no signature fits");
    await expect(verify(sent(Date.now() - 400_000))).rejects.toThrow("too old or too new");
    await expect(verify(sent(Date.now() + 400_000))).rejects.toThrow("too old or too new");
    await expect(verify(sent(Date.now(), { secret: old, previousSecret: null }))).rejects.toThrow("no signature fits");
  });
});
