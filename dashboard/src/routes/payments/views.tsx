/** A person's saved views of a list: names for what stands in the address. */
import { useState } from "react";
import { addressOf, path, type Query } from "../../kit/api.ts";
import { useAct, useApi } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { DropdownMenu, MenuItem, MenuLabel, MenuLine } from "../../kit/menu.tsx";
import { useQueryText, useSetQuery } from "../../kit/scope.ts";
import { toast } from "../../kit/toast.tsx";

interface View {
  readonly id: string;
  readonly page: string;
  readonly name: string;
  /** As it stands in the address, behind the question mark. */
  readonly query: string;
}

const PATH = "/v1/views";

/** @param page whose views @param query what would be saved */
export function ViewsMenu({ page, query }: { page: string; query: Query }) {
  const { data } = useApi<{ readonly data: readonly View[] }>(PATH);
  const [dialog, setDialog] = useState<"save" | View | null>(null);
  const show = useShow();
  if (data === undefined) return null;
  const views = data.data.filter((view) => view.page === page);
  const now = addressOf("", query).slice(1);
  const shown = views.find((view) => now !== "" && view.query === now);
  return (
    <>
      <DropdownMenu
        trigger={shown === undefined ? "Views ▾" : `${shown.name} ▾`}
        label={`Saved views${shown === undefined ? "" : `: ${shown.name}`}`}
      >
        {views.length === 0 && <MenuLabel>No saved views yet</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.id} onSelect={() => show(view.query)}>
            {view.name}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onSelect={() => setDialog("save")} why={now === "" ? "Pick filters first." : null}>
          Save these filters…
        </MenuItem>
        {shown !== undefined && (
          <MenuItem danger onSelect={() => setDialog(shown)}>
            Delete “{shown.name}”…
          </MenuItem>
        )}
      </DropdownMenu>
      {dialog === "save" && <SaveDialog page={page} query={now} onClose={() => setDialog(null)} />}
      {dialog !== null && dialog !== "save" && <DeleteDialog view={dialog} onClose={() => setDialog(null)} />}
    </>
  );
}

/** In the place of all that stands in the address. */
function useShow() {
  const text = useQueryText();
  const setQuery = useSetQuery();
  return (query: string) =>
    setQuery({
      ...Object.fromEntries(Object.keys(text).map((name) => [name, undefined])),
      ...Object.fromEntries(new URLSearchParams(query)),
    });
}

function SaveDialog({ page, query, onClose }: { page: string; query: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const save = useAct<string, View>({
    call: (text) => ({ method: "POST", path: PATH, body: { page, name: text, query } }),
    changes: [PATH],
    onDone: (view) => {
      toast(`Saved as ${view.name}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="Save these filters"
      effect="They are saved for you, in every browser. A link to this page shows others the same."
      verb="Save view"
      busy={save.isPending}
      error={save.error}
      why={name.trim() === "" ? "Give it a name." : null}
      onConfirm={() => save.mutate(name.trim())}
    >
      <Field label="Name" value={name} maxLength={60} autoFocus onChange={(event) => setName(event.target.value)} />
    </ConfirmDialog>
  );
}

function DeleteDialog({ view, onClose }: { view: View; onClose: () => void }) {
  const remove = useAct<string>({
    call: (id) => ({ method: "DELETE", path: path`/v1/views/${id}` }),
    changes: [PATH],
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      open
      danger
      onClose={onClose}
      title={`Delete the view “${view.name}”?`}
      effect="Its payments stay. Links that were copied go on working."
      verb="Delete view"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(view.id)}
    />
  );
}
