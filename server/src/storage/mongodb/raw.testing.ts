/** The driver as it is, for tests that look at documents past the archive. */
export { MongoClient } from "mongodb";
