// Made by `npm run docs` from docs/openapi.json. Don't edit it.
export const SDK_VERSION = "0.1.0";
/** The version of the API that the types here are of. */
export const API_VERSION = "2026-11-27";
