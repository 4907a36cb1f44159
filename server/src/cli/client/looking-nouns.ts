/** What only looks: a part of the table of nouns. */
export const lookingNouns = {
  search: {
    about: "Find anything by what you have of it",
    columns: "kind id title subtitle status matched created_at",
    plain: "find",
    verbs: {
      find: [
        "GET /v1/search",
        "any id, e-mail, last digits, amount, receipt, order or gateway's reference; `find --q` may be left out",
        "q",
      ],
    },
  },
  methods: {
    about: "How your shoppers can pay",
    columns: "type label next_actions",
    verbs: { list: ["GET /v1/payment-methods", "what your enabled accounts take, with the fields of each"] },
  },
  queues: {
    about: "Work that waits, by queue",
    columns: "name due scheduled leased oldest_due_seconds dead_letters finished_per_minute",
    verbs: { list: ["GET /v1/queues", "how much waits, how long, and how fast it ends"] },
  },
  invariants: {
    about: "What must hold of your money, checked all the time",
    columns: "id status breaks rows checked_up_to",
    verbs: { list: ["GET /v1/invariants", "whether they hold, and which rows break one"] },
  },
  analytics: {
    about: "Figures over time",
    columns: "currency group reason total.count total.amount total.rate total.p95_ms",
    verbs: {
      list: ["GET /v1/analytics", "a line for each series; `--json` has the hours or days", "metric from to by time_zone group"],
    },
    acts: {
      rebuild: {
        usage: "rebuild [--merchant EMAIL] [--from TIME]",
        summary: "count them anew from what happened, of one merchant or all; the operator's, over the database",
        overDatabase: true,
      },
    },
  },
  overview: {
    about: "How today goes",
    columns: "from payments.succeeded payments.authorized payments.failed payments.success_rate unknown_attempts open_cases queues.due",
    verbs: { get: ["GET /v1/overview", "today's volume and outcomes, and what waits", "time_zone"] },
  },
  logs: {
    about: "What became of a request that changed or refused something",
    columns: "id method route status error_code payment_id resource_id created_at",
    verbs: {
      get: ["GET /v1/requests/{id}", "by the Request-Id of its answer"],
    },
    acts: { tail: { usage: "tail [--type TYPE]", summary: "a line for each event as it happens, until Ctrl-C" } },
  },
} as const;
