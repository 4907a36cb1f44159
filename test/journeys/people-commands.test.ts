/** `tillway people` as an operator types it: real processes over a database that was worked with. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeAt } from "../../server/src/dashboard/totp.ts";
import { Browser } from "../../server/src/dashboard/people.testing.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { run } from "./support/program.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

const USAGE = 2;
const DASHBOARD = "http://localhost:3000";

let stage: Stage;
let shop: StageMerchant;
let email: string;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url, { DASHBOARD_URL: DASHBOARD });
  shop = await stage.merchant();
  email = await connect(stage.databaseUrl, async (client) => (await client.query("select email from merchants")).rows[0].email as string);
});
afterAll(async () => {
  await stage?.close();
});

/** As on a machine that has the database and the master key. */
const tillway = (...argv: string[]) =>
  run(argv, {
    DATABASE_URL: stage.databaseUrl,
    TILLWAY_MASTER_KEY: "07".repeat(32),
    SANDBOX_URL: stage.sandboxUrl,
    DASHBOARD_URL: DASHBOARD,
  });
/** As the database has it: the readers of the API wait for a connection no longer than a caller would. */
const rows = (text: string): Promise<Record<string, unknown>[]> =>
  connect(stage.databaseUrl, async (client) => (await client.query(text, [shop.created.merchantId])).rows as Record<string, unknown>[]);

describe("tillway people", () => {
  const PERSON = "ann@shop.example";
  const [first, second] = ["violet kettle harbour 7", "a sentence that is new"] as const;
  let app: ReturnType<Stage["parts"]["dashboardApp"]>;
  const tokenIn = (text: string): string => /#(\S+)/.exec(text)![1]!;
  beforeAll(() => {
    app = stage.parts.dashboardApp();
  });
  afterAll(() => app?.close());

  it("sign-in-link: leads once to another password; reset-totp: after it the password alone signs in, and the log says who did it", async () => {
    const invited = await tillway("people", "invite", "--merchant", email, "--email", PERSON, "--role", "owner");
    const ann = new Browser(app);
    const accepted = await ann.send("POST", "/v1/session/invitation/accept", { token: tokenIn(invited.out), password: first });
    expect(accepted.statusCode, accepted.body).toBe(200);
    const { secret } = (await ann.send("POST", "/v1/person/totp", {})).json() as { secret: string };
    const code = codeAt(secret, Math.floor(stage.parts.deps.clock.now() / 30_000));
    expect(await ann.try("POST", "/v1/person/totp/confirm", { code })).toBe(200);

    const link = await tillway("people", "sign-in-link", "--email", PERSON);
    expect(link.out).toMatch(
      /^http:\/\/localhost:3000\/reset#rst_\S+\nIt leads to a new password, once, for one hour\. A second factor stays\.\n$/,
    );
    const use = { token: tokenIn(link.out), password: second };
    expect(await new Browser(app).try("POST", "/v1/password-resets/use", use)).toBe(200);
    expect(await new Browser(app).try("POST", "/v1/password-resets/use", use)).toBe("link_ended");
    expect((await new Browser(app).signIn(PERSON, first)).statusCode).toBe(401);
    expect((await new Browser(app).signIn(PERSON, second)).json()).toMatchObject({ object: "second_factor" });

    const reset = await tillway("people", "reset-totp", "--email", PERSON);
    expect([reset.code, reset.out]).toEqual([0, `${PERSON} signs in by password alone now. Be sure that it is this person who asks.\n`]);
    expect((await new Browser(app).signIn(PERSON, second)).json()).toMatchObject({ object: "session" });
    expect(await rows("select actor_kind from admin_actions where merchant_id = $1 and action = 'person.totp_removed'")).toEqual([
      { actor_kind: "cli" },
    ]);
  });

  it.each(["sign-in-link", "reset-totp"])("%s: of nobody is refused", async (verb) => {
    const { code, err } = await tillway("people", verb, "--email", "nobody@shop.example");
    expect([code, err]).toEqual([USAGE, expect.stringContaining("--email: nobody signs in as nobody@shop.example")]);
  });
});
