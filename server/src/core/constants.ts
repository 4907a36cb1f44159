/** Every figure that decides something, once, with its reason. Tests read the same names. Units last. */

// Gateway calls.
/** A host that is there takes a connection within a round trip; past this it is down, and nothing has been sent. */
export const GATEWAY_CONNECT_TIMEOUT_MS = 2_000;
/** Banks answer within seconds; half a minute is where every provider's own limit ends. */
export const GATEWAY_MONEY_TIMEOUT_MS = 30_000;
/** Reads are asked again anyway, so they may give up early. */
export const GATEWAY_READ_TIMEOUT_MS = 10_000;
/** An answer about one payment has some kilobytes. More is no answer, and would fill the memory of thousands of open calls. */
export const GATEWAY_MAX_ANSWER_BYTES = 262_144;
/** A page of a hundred objects, with what other programs wrote into them. */
export const GATEWAY_MAX_LIST_BYTES = 4_194_304;

/** How long a synchronous answer waits: longer than most banks, shorter than most clients' patience. */
export const SYNC_WAIT_MS = 10_000;
/** A request that waits for another process looks for the event that ends the operation this often … */
export const SYNC_POLL_MS = 100;
/** … and this often while the operation runs in its own process, whose end it hears of: only a webhook elsewhere could be faster. */
export const SYNC_RUNNING_POLL_MS = 500;
/** … With every fifth look the whole payment is loaded, which costs more. */
export const SYNC_LOOKS_PER_STATUS = 5;

/** A lease outlives the longest call by 10 s, so that a live call never loses it. */
export const MONEY_LEASE_MS = GATEWAY_MONEY_TIMEOUT_MS + 10_000;
/** A send that was stopped (a frozen machine, a long pause) for longer than this does not leave: its answer could outlive the lease. */
export const SEND_WITHIN_MS = MONEY_LEASE_MS - GATEWAY_MONEY_TIMEOUT_MS;
/** A shop's server may be small and far away: more patience than with a gateway. */
export const WEBHOOK_CONNECT_TIMEOUT_MS = 5_000;
/** A receiver should take the event and work on it afterwards; 32 of one endpoint that never answer hold their slots no longer. */
export const WEBHOOK_TOTAL_TIMEOUT_MS = 10_000;
/** As for money: longer than the longest call, so that the same delivery is not on its way twice. */
export const WEBHOOK_LEASE_MS = WEBHOOK_TOTAL_TIMEOUT_MS + 10_000;
/** Of a merchant and mode, where e-mails are kept and not sent: enough to look at, and no archive. */
export const CAPTURED_EMAILS_MAX = 200;
/** A worker that has no way out for e-mail leaves it to the others, and looks again. */
export const NO_MAIL_GAP_MS = 60_000;
/** On SIGTERM: calls under way may end, then we leave; what is left is asked about later. */
export const DRAIN_MS = 35_000;

const QUICK_QUESTIONS_MS = [5_000, 15_000, 45_000, 120_000, 300_000, 900_000, 1_800_000];
/** Questions about an unknown outcome: quickly while it may be a hiccup, then ever more slowly, then daily without end. */
export const QUESTION_SCHEDULE_MS: readonly number[] = [
  ...QUICK_QUESTIONS_MS,
  ...Array.from({ length: 23 }, () => 3_600_000),
  ...Array.from({ length: 24 }, () => 21_600_000),
];
/** After the schedule, without end: an outcome that is unknown after a week is still owed. */
export const QUESTION_LAST_GAP_MS = 86_400_000;
/** The first four sends restart the fast question schedule; later sends follow the attempt's age. */
export const QUICKLY_ASKED_SENDS_MAX = 4;
/** A gateway that answered nothing for this long, though it was called, was away; its next answer says that it is back. */
export const GATEWAY_AWAY_AFTER_MS = 5_000;
/**
 * What is due so soon, or within the settle time, is left as it is when a gateway is back: two "not found" in one breath would be one
 * observation.
 */
export const HURRY_BEYOND_MS = 60_000;
/** The rest is asked one after the other: 50 a second are few beside an account's payments. */
export const HURRY_GAP_MS = 20;
/** Of one account at a time. */
export const HURRY_MAX = 1_500;
/** How often a process does so for one account: when all of them were asked. Calls that left before the gateway was back have failed by then. */
export const HURRY_EVERY_MS = HURRY_MAX * HURRY_GAP_MS;
/** While a gateway is away, one of the questions that wait for it is asked so soon, or after this share of its silence if that is later. */
export const PROBE_GAP_MS = 60_000;
export const PROBE_SILENCE_SHARE = 0.25;
/** Accounts whose gateway a process remembers: a few hundred bytes each. One that was forgotten counts as one that was away. */
export const HEARD_ACCOUNTS_MAX = 10_000;
/** An unknown outcome older than this is a person's business too. */
export const UNKNOWN_CASE_AFTER_MS = 1_800_000;
/** The same request may be sent again only while the gateway surely remembers the first one. */
export const RESEND_WITHIN_MS = 900_000;
/** Never near the end of the gateway's memory: past it the same key would be a new charge. */
export const IDEMPOTENCY_HORIZON_SHARE = 0.8;
/** A process without the connector leaves the question to one that has it. */
export const UNABLE_TO_ASK_GAP_MS = 60_000;
/** If others settle the same payment at this moment, a question looks again after this. */
export const BUSY_PAYMENT_GAP_MS = 1_000;
/** "Not found" must be said twice after the settle time before it counts. */
export const NOT_FOUND_NEEDED = 2;
/** Between the two, at most: what the schedule leaves between its first questions. */
export const NOT_FOUND_GAP_MS = QUESTION_SCHEDULE_MS[1]!;
/** A request that never left us is tried again, this often, before the attempt is closed as not sent. */
export const NOT_SENT_GAPS_MS: readonly number[] = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000];
/** Every event shows all attempts and refunds of its payment: with as many as these it has some 100 kB. */
export const CAPTURES_PER_PAYMENT_MAX = 50;
export const REFUNDS_PER_PAYMENT_MAX = 100;
/** Of each kind of row in a timeline; more than any payment has that was not asked about for years. */
export const HISTORY_ROWS_MAX = 1_000;
/** If a throttling gateway names no time. */
export const THROTTLED_GAP_MS = 5_000;
/** A `Retry-After` beyond this is cut: we ask again rather than forget. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/** A shopper waits while accounts are tried in turn, and banks take many tries of one card for fraud. */
export const ATTEMPTS_PER_PAYMENT_MAX = 3;
/** The evidence of an attempt that is asked about for a year must not outgrow everything else; by then a case is open. */
export const EXCHANGES_PER_ATTEMPT_MAX = 60;

// Deadlines of the states that wait for somebody.
/** A checkout that was not confirmed within a day was left. */
export const CREATED_EXPIRES_AFTER_MS = 86_400_000;
/** Workers take a payment within a second; after five minutes none is there. */
export const PENDING_CASE_AFTER_MS = 300_000;
/** As long as a shopper may look for the bank's app; then the order should be free for another try. */
export const ACTION_EXPIRES_AFTER_MS = 900_000;
/** We void an authorization this long before the gateway would drop it, so that the shopper's money is free and we know it. */
export const AUTHORIZATION_MARGIN_MS = 3_600_000;
/** The outcome of a void ends the payment and its expiry job. If it does not, the expiry looks again after this. */
export const VOID_PATIENCE_MS = 3_600_000;

// Jobs.
/** How late a job may be taken whose hint was lost; an idle process costs the database six short queries a second. */
export const POLL_MS = 500;
/** Enough that claiming is cheap beside the work, few enough that two workers share what is due. */
export const CLAIM_BATCH = 100;
/** Jobs at work at once, per queue and process: a bank that takes five seconds leaves room for 800 calls a second. */
export const WORKER_SLOTS = 4_000;
/**
 * Of one lane in one process; an open gateway call costs memory, not a thread. A first charge stands in its merchant's lane, everything
 * later in its account's.
 */
export const LANE_LIMIT_ACCOUNT = 2_000;
/** As many as one shop's server takes at once without harm. */
export const LANE_LIMIT_ENDPOINT = 32;
/** What throws is mended by a restart within seconds or by a deploy within hours; the last gap stays. */
export const JOB_RETRY_GAPS_MS: readonly number[] = [1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];
/** After this many failures in a row a case calls a person. The tries go on: no job is given up. */
export const JOB_CASE_AFTER_TRIES = 8;
/** Characters of an error that its case keeps: enough to find the place, not a page. */
export const CASE_REASON_LENGTH_MAX = 500;
/** A verified gateway event without a payment of ours may be early; after an hour it is a case. */
export const UNMATCHED_EVENT_PATIENCE_MS = 3_600_000;
/** Our own commit is at most seconds behind the event; another process may have the connector by then. */
export const UNMATCHED_EVENT_GAP_MS = 60_000;
/** Also how often the clock is set by the database's. */
export const HEARTBEAT_MS = 5_000;
/** Nothing of ours holds a snapshot longer than a statement; past this it slows claims down, and a log line names it, this often. */
export const SNAPSHOT_OLD_MS = 120_000;
/** After the database's clock went back: jobs due later than this are few, and minutes do not matter to them. */
export const CLOCK_PULL_WITHIN_MS = 900_000;
/** A process not seen for this long is not counted as running. */
export const HEARTBEAT_STALE_MS = 15_000;
/** Nobody waits for a case to the second. */
export const OVERDUE_SWEEP_MS = 15_000;
/** Each is a load and a commit of its own: a batch ends within a second. */
export const OVERDUE_BATCH = 100;
/** Batches of one sweep: an outage makes tens of thousands late at once, and a sweep must end all the same. */
export const OVERDUE_ROUNDS_MAX = 20;
/** A late job is looked at again after this: it may still be late, and the process that took it may have died before it opened a case. */
export const OVERDUE_AGAIN_MS = 900_000;

/** The readiness answer counts open cases so far: past it somebody must look in any case, and anybody may ask. */
export const OPEN_CASES_COUNTED_MAX = 1_000;
/** Jobs and dead letters of one merchant that are counted in each queue: some 10 ms, and anybody may ask. */
export const QUEUE_COUNTED_MAX = 10_000;
/** What ended within this makes the rate of a queue … */
export const QUEUE_RATE_WINDOW_MS = 300_000;
/** … as far as these newest rows show it: a busy merchant's rate is that of a shorter time. */
export const QUEUE_RATE_SAMPLE = 2_000;
/** The same for the figures of `/metrics`: reading so many entries of an index takes some 20 ms. */
export const FIGURES_COUNTED_MAX = 100_000;

// Clean-up. Payments, attempts, refunds and events are never removed: a dispute may come after 540 days.
/** Old rows are looked for this often; what one look leaves over is taken at the next sweep. */
export const PURGE_EVERY_MS = 3_600_000;
/** Rows of one statement: locks for some ten milliseconds. */
export const PURGE_BATCH = 1_000;
/** Batches of each kind in one look: a process with much to remove must go on beating meanwhile. */
export const PURGE_ROUNDS_MAX = 10;
/** Raw evidence: the longest time after which a gateway or bank asks what was said. */
export const EXCHANGES_KEPT_DAYS = 180;
/** A shop that finds something missing looks within a quarter. */
export const DELIVERIES_KEPT_DAYS = 90;
/** A look at which processes ran goes back an hour. */
export const PROCESSES_KEPT_MS = 86_400_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** Requests that were refused or changed something, to be looked up by whoever has their id. */
export const REQUESTS_KEPT_MS = 30 * DAY_MS;
/** From the id of a request to the id of the payment that it creates: a slow upload (30 s), and the wait for a busy database. */
export const REQUEST_LASTS_MS = 60_000;

// Dead letters.
/** Dead letters of one replay or discard: one statement of some hundred milliseconds. */
export const DEAD_LETTERS_MAX = 1_000;
/** What people did to one delivery: more than anybody does. */
export const BY_HAND_KEPT_MAX = 20;
/** Who acknowledges a failure of work on money is reminded after a week: the work is still owed. */
export const ACKNOWLEDGED_FOR_MS = 604_800_000;

// Commits.
/** If five others in a row were faster, the caller is asked to come again rather than kept in a queue that nobody sees. */
export const COMMIT_TRIES_MAX = 5;
/** At this size the cost of a round trip is spread so far that more rows would only add latency. */
export const BATCH_MAX = 200;
/** One that PostgreSQL works on and one that is on its way; more would take the connections of reads. */
export const BATCHES_IN_FLIGHT = 2;
/** Some seconds of work. A later caller had better come again (503) than wait into a timeout. */
export const BATCH_QUEUE_MAX = 10_000;
/** A statement of ours takes milliseconds; what takes seconds waits for something that is wrong. */
export const STATEMENT_TIMEOUT_MS = 2_000;
/** A row is locked for one commit. A statement that waits longer gives way, so that its batch does not wait with it. */
export const LOCK_TIMEOUT_MS = 1_000;
/** A database that is there takes a connection within milliseconds. */
export const CONNECT_WAIT_MS = 500;
/** A statement waits so long for a connection or its turn: a short stall or outage is waited out, and most callers wait longer. */
export const POOL_WAIT_MS = 4_000;
/** Statements that wait for a connection: a few kilobytes each, and more than are done while they wait. */
export const POOL_QUEUE_MAX = 10_000;

// Webhooks out.
/** Gaps before each try: at once, 1 m, 5 m, 30 m, 2 h. */
export const WEBHOOK_SCHEDULE_MS: readonly number[] = [0, 60_000, 300_000, 1_800_000, 7_200_000];
/** `WEBHOOK_RETRY_INTERVALS_TEST=true`: the whole cycle ends within a minute. */
export const WEBHOOK_TEST_SCHEDULE_MS: readonly number[] = [0, 5_000, 10_000, 15_000, 20_000];
/** Schedules that an endpoint may choose instead: the last gaps are those of somebody who sleeps, and who is away over a weekend. */
export const WEBHOOK_SCHEDULES_MS: Readonly<Record<"one_day" | "three_days", readonly number[]>> = {
  one_day: [...WEBHOOK_SCHEDULE_MS, 18_000_000, 28_800_000, 28_800_000],
  three_days: [...WEBHOOK_SCHEDULE_MS, 18_000_000, 36_000_000, 43_200_000, 43_200_000, 54_000_000, 54_000_000],
};
/** Endpoints of a merchant and mode: each event that all of them want is as many deliveries in its commit. */
export const ENDPOINTS_MAX = 16;
/** Of one person at one merchant. */
export const SAVED_VIEWS_MAX = 50;
/** Headers of a merchant's own beside ours; receivers take some 8 KB of headers. */
export const ENDPOINT_HEADERS_MAX = 16;
/** The old secret signs so much longer beside the new one: a day is a deployment with its rollback. */
export const SECRET_OVERLAP_MS = 86_400_000;
export const SECRET_OVERLAP_MAX_MS = 604_800_000;
/** Endpoints that were replaced by another URL, whose deliveries the new one takes over. */
export const PREDECESSORS_MAX = 100;
/** Deliveries that one recovery owes again: one statement of some hundred milliseconds. More is a matter of more requests. */
export const RECOVER_MAX = 5_000;
export const RECOVER_DEFAULT = 1_000;
/** A receiver that has just come back has its usual work as well. */
export const RECOVER_PER_SECOND_DEFAULT = 20;
export const RECOVER_PER_SECOND_MAX = 200;
/** Spreads retries of many deliveries; none in test mode. */
export const WEBHOOK_JITTER = 0.1;
/** Failures in a row, in one process, after which an endpoint is left alone: more than a deployment's hiccup, less than a minute of an outage. */
export const BREAKER_FAILURES = 20;
/** How long it is left alone each time, before one delivery probes: nobody waits longer than the last for a receiver that is back. */
export const BREAKER_GAPS_MS: readonly number[] = [30_000, 60_000, 120_000, 300_000];
/** As long as a probe may take, and what it takes to write its result. */
export const BREAKER_PROBE_MS = WEBHOOK_TOTAL_TIMEOUT_MS + 5_000;
/** What was held comes back within this, and not all at once. */
export const BREAKER_SPREAD_MS = 30_000;
/** Endpoints whose failures in a row a process counts; one more, and the oldest count is forgotten. */
export const BREAKER_COUNTED_MAX = 10_000;
/** A deployment answers 410 for some seconds; a receiver that has done so for a minute means it. */
export const GONE_AFTER_MS = 60_000;
/**
 * A delivery that waits for its endpoint looks after it when its age has doubled, but not sooner or later than this: setting the URL
 * wakes it, so a look only mends a wake-up that was lost.
 */
export const ENDPOINT_LOOK_MIN_MS = 60_000;
export const ENDPOINT_LOOK_MAX_MS = 86_400_000;
/** Jobs that one statement wakes: a few hundred milliseconds. Nobody else wants their rows then. */
export const WAKE_BATCH = 5_000;
/** A million deliveries that waited; more are woken when the URL is set once more, or by their own looks. */
export const WAKE_ROUNDS_MAX = 200;
/** The beginning of an error page says what is wrong; the rest is layout. */
export const WEBHOOK_RESPONSE_KEPT_BYTES = 8_192;
/** Receivers check the timestamp within this, as Standard Webhooks does; so do we for gateways. */
export const SIGNATURE_TOLERANCE_MS = 300_000;

// The API.
/** About twice a payment with all fields at their limits in plain letters. */
export const BODY_MAX_BYTES = 65_536;
/** Twelve digits of minor units: exact as a JavaScript number, and so is the sum of thousands of them. */
export const AMOUNT_MAX = 999_999_999_999;
/** Texts of a merchant about a payment: as many as other gateways keep. */
export const METADATA_MAX = 50;
/** When to come again if something of ours is in the way for a moment: the same request beside this one, a full queue. */
export const COME_AGAIN_MS = 1_000;
/** Clients repeat within minutes; a day covers a queue of theirs that was down over night. */
export const IDEMPOTENCY_ANSWER_MS = 86_400_000;
/**
 * Connections that may wait to be accepted; the system's own bound is below (Linux: net.core.somaxconn). With Node's 511 they overflow in the
 * first second of a rush, and whoever is dropped tries again after 1, 3 and 7 s: no answer is later than that.
 */
export const LISTEN_BACKLOG = 4_096;
/** A screen full. */
export const LIST_LIMIT_DEFAULT = 20;
/** A page is read and rendered in one go; more is a matter of more pages. */
export const LIST_LIMIT_MAX = 100;
/** API keys of a merchant and mode that are in force: one per service and person is enough. */
export const KEYS_MAX = 50;
/** With those that were rotated and still work: each of them may have its next one beside it. */
export const KEYS_ROTATED_MAX = 2 * KEYS_MAX;
/** A list shows those in force, and as many of the others, newest first. */
export const KEYS_SHOWN_MAX = 200;
/** Requests a second of one key: more than one process answers. */
export const RATE_LIMIT_MAX = 100_000;
/** The time of a key's last use is written no more often. */
export const KEY_USE_NOTED_MS = 60_000;
/** A revoked key, and an account's credentials before their rotation, work at most this much longer in another process. */
export const KEY_CACHE_MS = 1_000;
