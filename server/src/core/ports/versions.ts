/** A version of the API: the day on which it changed, `YYYY-MM-DD`. Versions compare as texts. */
export type ApiVersion = string;

/**
 * The versions of the API that merchants see, and the way back to the older ones. What is written down (an event, a stored answer) has the
 * form of the version that was current then, and keeps that version beside it; it is only ever shown in that form or an older one.
 */
export interface ApiVersions {
  /** In whose form everything is written. */
  readonly current: ApiVersion;
  /** Oldest first, the current one last. */
  readonly known: readonly ApiVersion[];
  /**
   * The JSON text of an answer or of an event's `data`, in the form of `to`; the same text unless `to` is older. Throws `TillwayError`
   * overloaded if a newer Tillway wrote it, as while one is put in the place of another.
   */
  shown(text: string, from: ApiVersion, to: ApiVersion): string;
}

/** What of an event is in one version or another. */
interface Versioned {
  readonly body: string;
  readonly apiVersion: ApiVersion;
}

/** The event as somebody of this version sees it: in that version or, if it is older, in its own. */
export function eventIn<Event extends Versioned>(versions: ApiVersions, event: Event, version: ApiVersion): Event {
  if (version >= event.apiVersion) return event;
  return { ...event, body: versions.shown(event.body, event.apiVersion, version), apiVersion: version };
}
