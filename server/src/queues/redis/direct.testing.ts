/** A client beside Tillway's own, for tests that look into Redis or empty it. */
export { Redis } from "ioredis";
