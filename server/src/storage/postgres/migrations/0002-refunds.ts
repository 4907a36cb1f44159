import type { Migration } from "./migration.ts";

/** Refunds that merchants ask for, captures of parts, and when a payment came to its end. */
export const refunds: Migration = {
  id: 2,
  name: "refunds",
  why: "Refunds are listed and have a currency of their own; a capture may be the last one; a payment shows when it ended.",
  sql: `
alter table payments add column final_capture_at timestamptz(3), add column finalized_at timestamptz(3);

alter table refunds add column currency text check (length(currency) = 3);
update refunds f set currency = p.currency from payments p where p.merchant_id = f.merchant_id and p.mode = f.mode and p.id = f.payment_id;
alter table refunds alter column currency set not null;
create index refunds_listed on refunds (merchant_id, mode, id);
create index refunds_status on refunds (merchant_id, mode, status, id);

-- A key that may charge may refund, until it is narrowed.
update api_keys set scopes = scopes || '{refunds.write}' where 'payments.write' = any(scopes) and not 'refunds.write' = any(scopes);
`,
};
