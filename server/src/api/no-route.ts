/** What the 404 says of a path that is there in other installations: whoever asks for it has read of it, and wants to know why not here. */
export function noRoute(path: string): string | undefined {
  if (path !== "/emails" && !path.startsWith("/v1/test/emails")) return undefined;
  return "E-mails are kept only without SMTP_URL, by `npm start` or in TEST_MODE. What was sent instead: GET /v1/deliveries, or `tillway deliveries list`.";
}
