/**
 * The accept statement as a pgbench script. It is the server's own: a creation goes through the server's own code with a stand-in
 * for the database, which keeps what would have been sent. Only ids and the idempotency key change from one to the next.
 */
import { randomBytes } from "node:crypto";
import { decideCreate } from "../server/dist/core/decide/create.js";
import { newId } from "../server/dist/core/ids.js";
import { creator } from "../server/dist/storage/postgres/create.js";

const ID_MARK = "ZZZZZZZZZZZZZZZZ";
const KEY_MARK = "k".repeat(36);
const marks = new RegExp(`(${ID_MARK}|${KEY_MARK})`);

/** Ids grow with time, as real ones do; keys are random, as the keys of merchants are. */
const VARIABLES = `\\set n :n + 1
\\set id :n * 1000000 + (:client_id + 10) * 10000 + random(0, 9999)
\\set k1 random(100000000000000000, 999999999999999999)
\\set k2 random(100000000000000000, 999999999999999999)
`;

/** @returns the script, and the variables that stay equal, for `-D` */
export async function acceptScript(merchantId, body) {
  const { text, values } = await acceptStatement(merchantId, body);
  const constants = { n: "1000000000" };
  const sql = text.trim().replaceAll(/\$(\d+)/g, (_, number) => {
    const value = values[number - 1];
    if (marks.test(value)) return expression(value);
    constants[`c${number}`] = value;
    return `:c${number}`;
  });
  return { script: `${VARIABLES}${sql};\n`, constants };
}

async function acceptStatement(merchantId, body) {
  const now = Date.now();
  const id = (prefix) => `${newId(prefix, now, randomBytes(16)).slice(0, -ID_MARK.length)}${ID_MARK}`;
  const decided = decideCreate(
    {
      scope: { merchantId, mode: "test" },
      audience: "merchant",
      requestId: id("req"),
      idempotency: { key: KEY_MARK, requestHash: randomBytes(32).toString("hex") },
      confirm: null,
      traceparent: null,
      amount: body.amount,
      currency: body.currency,
      method: { type: "upi", vpa: body.upi.vpa },
      captureMethod: "automatic",
      orderId: null,
      description: body.description,
      metadata: body.metadata,
      customer: body.customer,
      returnUrl: null,
    },
    { now, id, capabilities: () => undefined },
  );
  let sent;
  const create = creator({
    query: async (statement, values) => {
      sent = { text: statement.text, values };
      return [{ claimed: "0", created: "0" }];
    },
    close: async () => {},
  });
  await create(decided.creation);
  return sent;
}

function expression(value) {
  const parts = value.split(marks).map((part) => {
    if (part === ID_MARK) return ":id::text";
    if (part === KEY_MARK) return ":k1::text || :k2::text";
    return literal(part);
  });
  return `(${parts.join(" || ")})`;
}

/** pgbench takes `:true` for a variable, wherever it stands. */
function literal(text) {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''").replaceAll(":", "\\x3a")}'`;
}
