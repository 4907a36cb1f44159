import { Button } from "../../kit/button.tsx";
import { useMay } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";

interface Props {
  readonly isChanged: boolean;
  /** What is wrong with what was typed. */
  readonly fault?: string | null;
  readonly busy: boolean;
  readonly error: unknown;
  /** That say themselves what is wrong with them. */
  readonly fields?: readonly string[];
  readonly onSave: () => void;
  readonly onReset: () => void;
}

export function SaveBar({ isChanged, fault = null, busy, error, fields = [], onSave, onReset }: Props) {
  const { why } = useMay("config.write");
  return (
    <div className="space-y-3 border-t border-line pt-4">
      {error !== null && <ErrorNote error={error} fields={fields} />}
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" busy={busy} why={why ?? fault ?? (isChanged ? null : "Nothing was changed.")} onClick={onSave}>
          Save
        </Button>
        {isChanged && (
          <Button kind="quiet" onClick={onReset}>
            Undo changes
          </Button>
        )}
      </div>
    </div>
  );
}
