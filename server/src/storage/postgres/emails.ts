/** E-mail: what merchants have set about it, and the messages that are kept instead of sent. */
import { CAPTURED_EMAILS_MAX } from "../../core/constants.ts";
import type { EmailSettings } from "../../core/model.ts";
import type { CapturedEmail, EmailCapture } from "../../core/ports/mail.ts";
import type { Settings } from "../../core/ports/settings.ts";
import { table } from "../tables.ts";
import { withFailures, type Database } from "./connect.ts";
import type { Raw } from "./lookups.ts";

export const emailSettings = table<EmailSettings>("email_settings", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id"),
  ...mutable("bool", "freely", "enabled"),
  ...mutable("text", "freely", "fromName", "replyTo", "line"),
  // An array, which the driver sends as such.
  ...mutable("json", "freely", "events"),
  ...mutable("text", "freely", "locale"),
  ...mutable("time", "freely", "updatedAt"),
}));

/** Throws `StoreUnavailable`. */
export function emailSettingsOf(database: Database): Pick<Settings, "emailSettings" | "putEmailSettings"> {
  const { query } = withFailures(database);
  return {
    async emailSettings({ merchantId, mode }) {
      const [row] = await query({ name: "find_email_settings", text: texts.find }, [merchantId, mode]);
      return row ? emailSettings.rowOf(row) : null;
    },
    async putEmailSettings(settings) {
      const [row] = await query(
        { name: "put_email_settings", text: texts.put },
        emailSettings.columns.map((column) => column.of(settings)),
      );
      return emailSettings.rowOf(row!);
    },
  };
}

/** Throws `StoreUnavailable`. */
export function emailCaptureOf(database: Database): EmailCapture {
  const { query } = withFailures(database);
  return {
    async keep({ merchantId, mode, deliveryId, from, to, replyTo, subject, text, html, capturedAt }) {
      const values = [merchantId, mode, deliveryId, from, to, replyTo, subject, text, html, capturedAt, CAPTURED_EMAILS_MAX];
      await query({ name: "keep_email", text: texts.keep }, values);
    },
    async kept({ merchantId, mode }, limit) {
      return (await query({ name: "kept_emails", text: texts.kept }, [merchantId, mode, limit])).map(capturedOf);
    },
    async keptOne({ merchantId, mode }, deliveryId) {
      const [row] = await query({ name: "kept_email", text: texts.keptOne }, [merchantId, mode, deliveryId]);
      return row ? capturedOf(row) : null;
    },
  };
}

function capturedOf(row: Raw): CapturedEmail {
  return {
    merchantId: row.merchant_id as string,
    mode: row.mode as CapturedEmail["mode"],
    deliveryId: row.delivery_id as string,
    from: row.sender as string,
    to: row.recipient as string,
    replyTo: row.reply_to as string | null,
    subject: row.subject as string,
    text: row.body_text as string,
    html: row.body_html as string,
    capturedAt: row.captured_at as number,
  };
}

const numbered = emailSettings.columns.map(({ kind }, at) => (kind === "time" ? `to_timestamp($${at + 1}::float8 / 1000)` : `$${at + 1}`));

const texts = {
  find: `select ${emailSettings.select("s")} from email_settings s where s.merchant_id = $1 and s.mode = $2`,
  put: `insert into email_settings as s (${emailSettings.columns.map(({ name }) => name).join(", ")}) values (${numbered.join(", ")})
    on conflict (merchant_id, mode) do update set ${emailSettings.mutable.map(({ name }) => `${name} = excluded.${name}`).join(", ")}
    returning ${emailSettings.select("s")}`,
  // Ids begin with their time: those of the oldest deliveries go. What belongs to no merchant, as to somebody in no team, nobody could look at.
  keep: `with old as (delete from captured_emails c where c.merchant_id = $1 and c.mode = $2 and c.delivery_id <> $3 and c.delivery_id in
      (select delivery_id from captured_emails where merchant_id = $1 and mode = $2 order by delivery_id desc offset $11::int - 1))
    insert into captured_emails (merchant_id, mode, delivery_id, sender, recipient, reply_to, subject, body_text, body_html, captured_at)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::float8 / 1000) where exists (select from merchants where id = $1)
    on conflict (merchant_id, mode, delivery_id) do update set subject = excluded.subject, body_text = excluded.body_text,
      body_html = excluded.body_html, captured_at = excluded.captured_at`,
  kept: `select c.* from captured_emails c where c.merchant_id = $1 and c.mode = $2 order by c.delivery_id desc limit $3::int`,
  keptOne: "select c.* from captured_emails c where c.merchant_id = $1 and c.mode = $2 and c.delivery_id = $3",
};
