/** A request by curl to paste into a terminal, which works there as it is beside the line of variables that `npm start` prints. */
import type { ConnectorAccount } from "@tillway/sdk";
import { CopyBlock } from "./copy.tsx";
import { useApi, type Page } from "./data.ts";

/** @param text with `$TILLWAY_URL`, which becomes the API's address; `$TILLWAY_KEY` and `$TILLWAY_SECRET` are the reader's */
export function ApiCommand({ label, text }: { label: string; text: string }) {
  const { data } = useApi<Page<ConnectorAccount>>("/v1/connector-accounts");
  return <CopyBlock label={label} text={text.replaceAll("$TILLWAY_URL", apiOf(data?.data[0]?.webhook_url))} />;
}

/** Where the API is, by the address at which it takes a gateway's webhooks: it listens on a port of its own. */
function apiOf(webhookUrl: string | undefined): string {
  return webhookUrl === undefined ? `${location.protocol}//${location.hostname}:8000` : new URL(webhookUrl).origin;
}
