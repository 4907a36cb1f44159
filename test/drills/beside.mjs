// What a drill looks at beside payments: e-mails, lists, and exchanges in the audit store.
import pg from "pg";
import { sleep } from "../crash/stage.mjs";

const LIST_EVERY_MS = 100;
const MOVE_MS = 30_000;

const headersOf = ({ keys }) => ({ "content-type": "application/json", "x-api-key": keys.key, "x-api-secret": keys.secret });

export async function turnOnMail(stage) {
  const answer = await fetch(`http://127.0.0.1:${stage.ports[0]}/v1/email-settings`, {
    method: "PUT",
    headers: headersOf(stage),
    body: JSON.stringify({ enabled: true }),
  });
  if (!answer.ok) throw new Error(`e-mail could not be turned on: ${answer.status} ${await answer.text()}`);
}

/** The e-mails that Tillway says it has sent, less those that the mail server has. */
export async function mailsMissing({ urls }, databaseUrl) {
  const { total } = await (await fetch(`${urls.MAILPIT_API_URL}/api/v1/messages?limit=1`)).json();
  const [{ count }] = await query(databaseUrl, "select count(*)::int as count from deliveries where channel = 'email'");
  return count > 0 && total >= count ? [] : [`${count} to be sent, ${total} at the mail server`];
}

/** Exchanges that are not in the audit store half a minute after all has settled. */
export async function exchangesLeft(databaseUrl) {
  for (const giveUpAt = Date.now() + MOVE_MS; ;) {
    const [{ count }] = await query(databaseUrl, "select count(*)::int as count from exchanges");
    if (count === 0) return [];
    if (Date.now() > giveUpAt) return [`${count} exchanges`];
    await sleep(500);
  }
}

/** Reads a list of payments all the time. */
export class Lists {
  failed = [];
  #stopped = false;

  constructor(stage) {
    this.running = this.#run(stage);
  }

  async stop() {
    this.#stopped = true;
    await this.running;
  }

  async #run(stage) {
    for (let n = 0; !this.#stopped; n++) {
      const url = `http://127.0.0.1:${stage.ports[n % stage.ports.length]}/v1/payments?limit=10`;
      const status = await fetch(url, { headers: headersOf(stage) }).then(
        (answer) => answer.arrayBuffer().then(() => answer.status),
        (error) => String(error),
      );
      if (status !== 200) this.failed.push(String(status));
      await sleep(LIST_EVERY_MS);
    }
  }
}

async function query(connectionString, text) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
