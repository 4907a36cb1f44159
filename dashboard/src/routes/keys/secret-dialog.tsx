/** Shows a key's secret, once: no request shows it again. */
import type { ApiKey } from "@tillway/sdk";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { CopyBlock } from "../../kit/copy.tsx";
import { Dialog } from "../../kit/dialog.tsx";

/** @param made the key with its secret; null: closed */
export function SecretDialog({ made, onClose }: { made: ApiKey | null; onClose: () => void }) {
  // Escape closes dialogs by habit, and here it would lose the secret: the first time it only warns.
  const [isWarned, setWarned] = useState(false);
  if (made === null) return null;
  const done = () => {
    setWarned(false);
    onClose();
  };
  return (
    <Dialog
      open
      title={`The secret of “${made.name}”`}
      onClose={isWarned ? done : () => setWarned(true)}
      actions={
        <Button kind="primary" onClick={done}>
          I have stored it
        </Button>
      }
    >
      <div className="space-y-4 text-sm">
        <p>
          Store it now, where your service reads its secrets. <strong>It is not shown again</strong>: Tillway keeps only what it needs to
          check it. Whoever has it may do what the key may.
        </p>
        <CopyBlock label="Key and secret" text={`TILLWAY_API_KEY=${made.key}\nTILLWAY_API_SECRET=${made.secret ?? ""}`} />
        {isWarned && (
          <p role="alert" className="rounded-md bg-warn-soft px-3 py-2 text-warn">
            Is it stored? Close once more to go on without it; then rotate the key to get another.
          </p>
        )}
      </div>
    </Dialog>
  );
}
