// Made by `npm run docs` from docs/openapi.json. Don't edit it.
export const SDK_VERSION = "0.1.0";
