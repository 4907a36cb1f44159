import { changesOf, sayName, type AdminAction } from "./action.ts";

const SHOWN = 2;

/** In a line: the first things that changed. */
export function ChangeSummary({ action }: { action: AdminAction }) {
  const changes = changesOf(action);
  if (action.before === null) return <span className="text-xs text-muted">Did not exist before</span>;
  if (action.after === null) return <span className="text-xs text-muted">Exists no more</span>;
  return (
    <span className="block truncate text-xs">
      {changes.slice(0, SHOWN).map(({ name, before, after }, at) => (
        <span key={name}>
          {at > 0 && "; "}
          <span className="text-muted">{sayName(name)}: </span>
          {before ?? "nothing"} → {after ?? "nothing"}
        </span>
      ))}
      {changes.length > SHOWN && <span className="text-muted"> and {changes.length - SHOWN} more</span>}
    </span>
  );
}

/** Before and after, name by name. A text that is gone is struck, one that came is marked: by more than a colour. */
export function Diff({ action }: { action: AdminAction }) {
  const changes = changesOf(action);
  if (changes.length === 0) return <p className="text-sm text-muted">Nothing of it is kept but that it was done.</p>;
  return (
    <table className="w-full table-fixed border-separate border-spacing-0 text-sm" aria-label="Before and after">
      <thead>
        <tr className="text-left text-xs text-muted">
          <th scope="col" className="w-1/4 border-b border-line py-1.5 pr-2 font-medium">
            What
          </th>
          <th scope="col" className="border-b border-line py-1.5 pr-2 font-medium">
            Before
          </th>
          <th scope="col" className="border-b border-line py-1.5 font-medium">
            After
          </th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, before, after }) => (
          <tr key={name} className="align-top">
            <th scope="row" className="border-b border-line py-1.5 pr-2 text-left font-normal break-words text-muted">
              {sayName(name)}
            </th>
            <td className="border-b border-line py-1.5 pr-2 break-words">
              {before === null ? <span className="text-muted">–</span> : <del className="rounded bg-bad-soft px-1 text-ink">{before}</del>}
            </td>
            <td className="border-b border-line py-1.5 break-words">
              {after === null ? (
                <span className="text-muted">–</span>
              ) : (
                <ins className="rounded bg-good-soft px-1 text-ink no-underline">{after}</ins>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
