/** A secret is shown once: when it was made. */
import type { WebhookEndpoint } from "@tillway/sdk";
import { Button } from "../../kit/button.tsx";
import { CopyBlock } from "../../kit/copy.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { Time } from "../../kit/time.tsx";

export function SecretOnce({ endpoint, onClose }: { endpoint: WebhookEndpoint | null; onClose: () => void }) {
  const secret = endpoint?.secret;
  const before = endpoint?.previous_secret_expires_at ?? null;
  return (
    <Dialog
      open={secret !== undefined}
      onClose={onClose}
      title="Copy the signing secret now"
      actions={
        <Button kind="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="space-y-3 text-sm">
        <p>It is shown this once. Your server verifies each event with it; give it to nobody else.</p>
        <CopyBlock label="Signing secret" text={secret ?? ""} />
        {before !== null && (
          <p>
            Until <Time at={before} /> the secret before signs every event as well, so that your server may change over without a gap.
          </p>
        )}
      </div>
    </Dialog>
  );
}
