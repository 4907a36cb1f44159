import type { VersionChange } from "./change.ts";

/** There is nothing before it, so it changes nothing. Keys, endpoints and events from before versions were kept have this one. */
export const first: VersionChange = {
  version: "2026-11-27",
  summary: "The first version: the API as it was when versions began.",
  upgrade: null,
};
