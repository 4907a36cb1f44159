\set n :n + 1
\set id :n * 1000000 + (:client_id + 10) * 10000 + random(0, 9999)
\set k1 random(100000000000000000, 999999999999999999)
\set k2 random(100000000000000000, 999999999999999999)
with k as (insert into r_idempotency values (:k1::text || :k2::text, md5(:k1::text), 'pay_' || :id::text, 201) returning payment_id),
  p as (insert into r_payments
    select payment_id, 'mer_01', 'pending', 49900, 'INR', '{"type":"upi","vpa":"success@sandbox"}', '{"cart":"8f14e45f","channel":"web"}', now()
    from k returning id, created_at),
  e as (insert into r_events
    select 'evt_' || :id::text, id, 'payment.created', '{"object":"payment","status":"pending","text":"' || repeat('about 600 bytes ', 36) || '"}', created_at from p)
insert into r_jobs select 'job_' || :id::text, 'payment-queue', id, created_at, 0 from p;
