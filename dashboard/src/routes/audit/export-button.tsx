/** The whole log as a file, for `tillway audit verify`. */
import { useState } from "react";
import { callRaw } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { saveFile } from "../../kit/save.ts";
import { useScope } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";

export function ExportButton() {
  const scope = useScope();
  const { why } = useMay("audit.read");
  const [busy, setBusy] = useState(false);
  const download = () => {
    setBusy(true);
    callRaw({ path: "/v1/audit/export", scope }, "application/x-ndjson")
      .then(async (response) => saveFile("audit.ndjson", await response.blob()))
      .catch((error: Error) => toast(error.message, "bad"))
      .finally(() => setBusy(false));
  };
  return (
    <Button why={why} busy={busy} onClick={download}>
      {busy ? "Downloading…" : "Download the export"}
    </Button>
  );
}
