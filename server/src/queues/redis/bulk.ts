/**
 * Many jobs of BullMQ with one script each: added, taken, and ended as BullMQ does it with a script for each job, which cost a payment more
 * than all that its database does. The layout is BullMQ's, and `bulk.test.ts` holds ours against what the installed version writes: what one
 * of them began the other one and its tools go on with. All else (delays, priorities, limits, pauses, stalled jobs, failures) is BullMQ's own.
 */
import type { Message } from "../../core/ports/engine.ts";
import type { Connection } from "./connection.ts";

/** A script holds Redis, for everybody: for some 2 ms. */
const PER_SCRIPT = 100;
/** An end looks its job up in the list of what is active, as BullMQ's does: with 16,000 of them that takes 0.6 ms each. */
const ENDS_PER_SCRIPT = 20;
/** What BullMQ keeps of its stream of events, where nobody has set another length. */
const EVENTS_KEPT = 10_000;

export interface Taken {
  readonly id: string;
  /** JSON, as it was added. */
  readonly data: string;
  /** Why BullMQ wants it to fail without being run, such as one that stalled too often; null: it does not. */
  readonly refusal: string | null;
}

export interface Ending {
  readonly id: string;
  /** JSON of what BullMQ shows as the result. */
  readonly value: string;
}

export interface BulkOptions {
  /** What all keys of the queue begin with, such as `{tillway}:payment-queue:`. */
  readonly prefix: string;
  readonly lockMs: number;
  /** What is kept of the completed: so many, in seconds so long. */
  readonly kept: { readonly count: number; readonly age: number };
}

export interface Bulk {
  /** Those whose id is known are left alone. */
  add(messages: readonly Message[]): Promise<void>;
  /**
   * What waits, oldest first, locked by this token; half of it at most, so that other processes have a part of little too. Nothing where BullMQ itself
   * must look: the queue is paused or limited, or delayed jobs are due.
   */
  take(count: number, token: string): Promise<Taken[]>;
  /** These have ended well; those whose lock was lost are left alone. With none it only wakes who may take the place of what ended otherwise. */
  end(ends: readonly Ending[], token: string): Promise<void>;
  /** Puts back what this token took and nobody here runs: a `take` that was sent twice, since its first answer was lost. */
  giveBack(running: Iterable<string>, token: string): Promise<void>;
}

const KEYS = ["wait", "active", "delayed", "prioritized", "meta", "marker", "events", "completed", "stalled", "id"] as const;
const NAMES = `local ${KEYS.join(", ")} = unpack(KEYS)\nlocal prefix, now = ARGV[1], ARGV[2]\nlocal call = redis.call\n`;

/** Arguments: id, name and data of each. Workers that block are woken by the marker, once for all. */
const ADD = `${NAMES}
local length = call('HGET', meta, 'opts.maxLenEvents')
if not length then
  length = ${EVENTS_KEPT}
  call('HSET', meta, 'opts.maxLenEvents', length)
end
local new = {}
for n = 3, #ARGV, 3 do
  local job = ARGV[n]
  if call('EXISTS', prefix .. job) == 1 then
    call('XADD', events, '*', 'event', 'duplicated', 'jobId', job)
  else
    local options = '{"jobId":' .. cjson.encode(job) .. ',"delay":0,"attempts":1}'
    call('HSET', prefix .. job, 'name', ARGV[n + 1], 'data', ARGV[n + 2], 'opts', options, 'timestamp', now, 'delay', 0, 'priority', 0)
    call('XADD', events, '*', 'event', 'added', 'jobId', job, 'name', ARGV[n + 1])
    call('XADD', events, '*', 'event', 'waiting', 'jobId', job)
    new[#new + 1] = job
  end
end
call('INCRBY', id, (#ARGV - 2) / 3)
call('XTRIM', events, 'MAXLEN', '~', length)
if #new > 0 then
  call('LPUSH', wait, unpack(new))
  if call('HEXISTS', meta, 'paused') == 0 then call('ZADD', marker, 0, '0') end
end
`;

/** Arguments: how many, the token, and how long it holds. A delayed job's score is its time with twelve more bits. */
const TAKE = `${NAMES}
local limits = call('HMGET', meta, 'paused', 'concurrency', 'max')
if limits[1] or limits[2] or limits[3] then return {} end
if call('ZCOUNT', delayed, '-inf', (now + 1) * 4096 - 1) > 0 then return {} end
local taken = {}
for n = 1, math.min(ARGV[3], math.ceil(call('LLEN', wait) / 2)) do
  local job = call('RPOPLPUSH', wait, active)
  if not job then break end
  local key = prefix .. job
  call('SET', key .. ':lock', ARGV[4], 'PX', ARGV[5])
  call('HSET', key, 'processedOn', now)
  call('HINCRBY', key, 'ats', 1)
  call('XADD', events, '*', 'event', 'active', 'jobId', job, 'prev', 'waiting')
  local found = call('HMGET', key, 'data', 'defa')
  taken[#taken + 1] = { job, found[1] or '', found[2] }
end
if call('LLEN', wait) > 0 then call('ZADD', marker, 0, '0') end
return taken
`;

/** Arguments: the token, how many are kept and for how long, then id and result of each. */
const END = `${NAMES}
local length = call('HGET', meta, 'opts.maxLenEvents') or ${EVENTS_KEPT}
call('XTRIM', events, 'MAXLEN', '~', length)
for n = 6, #ARGV, 2 do
  local job, value = ARGV[n], ARGV[n + 1]
  local key = prefix .. job
  if call('GET', key .. ':lock') == ARGV[3] and call('LREM', active, -1, job) == 1 then
    call('DEL', key .. ':lock')
    call('SREM', stalled, job)
    call('HINCRBY', key, 'atm', 1)
    call('HSET', key, 'returnvalue', value, 'finishedOn', now)
    call('ZADD', completed, now, job)
    call('XADD', events, '*', 'event', 'completed', 'jobId', job, 'returnvalue', value, 'prev', 'active')
  end
end
local count = tonumber(ARGV[4])
local old = call('ZRANGE', completed, 0, -(count + 1))
if #old == 0 then old = call('ZRANGEBYSCORE', completed, '-inf', now - ARGV[5] * 1000, 'LIMIT', 0, 1000) end
for _, job in ipairs(old) do
  local key = prefix .. job
  call('DEL', key, key .. ':logs', key .. ':dependencies', key .. ':processed', key .. ':failed', key .. ':unsuccessful')
  call('ZREM', completed, job)
end
if call('LLEN', wait) + call('ZCARD', prioritized) > 0 then
  if call('HEXISTS', meta, 'paused') == 0 then call('ZADD', marker, 0, '0') end
elseif #ARGV > 5 and call('LLEN', active) == 0 then
  call('XADD', events, '*', 'event', 'drained')
end
`;

/** Arguments: the token, then the ids that are to stay. What is put back is the next to be taken. */
const GIVE_BACK = `${NAMES}
local stays = {}
for n = 4, #ARGV do stays[ARGV[n]] = true end
for _, job in ipairs(call('LRANGE', active, 0, -1)) do
  local lock = prefix .. job .. ':lock'
  if not stays[job] and call('GET', lock) == ARGV[3] then
    call('DEL', lock)
    call('LREM', active, 1, job)
    call('SREM', stalled, job)
    call('RPUSH', wait, job)
    call('XADD', events, '*', 'event', 'waiting', 'jobId', job, 'prev', 'active')
    if call('HEXISTS', meta, 'paused') == 0 then call('ZADD', marker, 0, '0') end
  end
end
`;

const SCRIPTS = { tillwayAdd: ADD, tillwayTake: TAKE, tillwayEnd: END, tillwayGiveBack: GIVE_BACK } as const;
type Scripts = Record<keyof typeof SCRIPTS, (...given: (string | number)[]) => Promise<unknown>>;

/** @param connection the scripts are made known to it */
export function bulkOf(connection: Connection, { prefix, lockMs, kept }: BulkOptions): Bulk {
  for (const [name, lua] of Object.entries(SCRIPTS)) connection.defineCommand(name, { lua, numberOfKeys: KEYS.length });
  const scripts = connection as unknown as Scripts;
  const keys = KEYS.map((key) => prefix + key);
  const run = (name: keyof Scripts, given: readonly (string | number)[]) => scripts[name](...keys, prefix, Date.now(), ...given);
  return {
    add: async (messages) => {
      const rows = messages.map((message) => [message.id, message.kind, JSON.stringify(message)]);
      const parts = inParts(rows, PER_SCRIPT);
      await Promise.all(parts.map((part) => run("tillwayAdd", part)));
    },
    take: async (count, token) => {
      const found = (await run("tillwayTake", [Math.min(count, PER_SCRIPT), token, lockMs])) as [string, string, string | null][];
      return found.map(([id, data, refusal]) => ({ id, data, refusal }));
    },
    end: async (ends, token) => {
      const rows = ends.map(({ id, value }) => [id, value]);
      const parts = rows.length > 0 ? inParts(rows, ENDS_PER_SCRIPT) : [[]];
      await Promise.all(parts.map((part) => run("tillwayEnd", [token, kept.count, kept.age, ...part])));
    },
    giveBack: async (running, token) => void (await run("tillwayGiveBack", [token, ...running])),
  };
}

function inParts(rows: readonly string[][], most: number): string[][] {
  const parts = [];
  for (let at = 0; at < rows.length; at += most) parts.push(rows.slice(at, at + most).flat());
  return parts;
}
