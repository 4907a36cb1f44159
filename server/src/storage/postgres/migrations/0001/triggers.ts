/** Refusals only: each has a WHEN, so that the function is never called on the way of an allowed change. */
export const triggers = `
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'restrict_violation', constraint = tg_name, table = tg_table_name;
end $$;

create trigger payments_terminal before update on payments for each row
  when (old.status in ('succeeded', 'failed', 'canceled') and new.status <> old.status)
  execute function refuse('a payment does not leave a terminal state');

create trigger attempts_closed before update on attempts for each row
  when (old.status in ('authorized', 'succeeded', 'declined', 'rejected', 'not_sent', 'canceled') and
    (old.status, old.payment_id, old.subject, old.refund_id, old.operation, old.n, old.connector, old.account_id, old.gateway_key,
     old.amount, old.currency, old.gateway_reference, old.parent_reference, old.error::text, old.routing::text, old.first_sent_at,
     old.last_sent_at, old.sends, old.questions, old.not_found, old.stored_error, old.created_at, old.closed_at)
    is distinct from
    (new.status, new.payment_id, new.subject, new.refund_id, new.operation, new.n, new.connector, new.account_id, new.gateway_key,
     new.amount, new.currency, new.gateway_reference, new.parent_reference, new.error::text, new.routing::text, new.first_sent_at,
     new.last_sent_at, new.sends, new.questions, new.not_found, new.stored_error, new.created_at, new.closed_at))
  execute function refuse('a closed attempt does not change: later truth belongs into its late columns');

create trigger events_append_only before update or delete on events for each row
  execute function refuse('events are append-only');
create trigger exchanges_append_only before update or delete on exchanges for each row
  execute function refuse('exchanges are append-only');
create trigger delivery_tries_append_only before update or delete on delivery_tries for each row
  execute function refuse('delivery tries are append-only');
`;
