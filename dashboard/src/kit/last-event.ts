/** Where the stream of events goes on. Asked before anything else is read, so that nothing lies between what was read and the stream. */
export const LAST_EVENT = { path: "/v1/events", query: { limit: 1 } } as const;
