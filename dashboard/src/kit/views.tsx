/** A person's saved views of a list: names for what stands in the address. */
import { useRouterState } from "@tanstack/react-router";
import { useState } from "react";
import { addressOf, path } from "./api.ts";
import { useAct, useApi } from "./data.ts";
import { ConfirmDialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { DropdownMenu, MenuItem, MenuLabel, MenuLine } from "./menu.tsx";
import { useQueryText, useSetQuery } from "./scope.ts";
import { toast } from "./toast.tsx";

interface View {
  readonly id: string;
  readonly page: string;
  readonly name: string;
  /** As it stands in the address, behind the question mark. */
  readonly query: string;
}

const PATH = "/v1/views";

type Asked = "save" | { readonly what: "rename" | "delete"; readonly view: View };

/** Of the list that is shown. @param fields names of its filters: what of the address would be saved */
export function ViewsMenu({ fields }: { fields: readonly string[] }) {
  const { data } = useApi<{ readonly data: readonly View[] }>(PATH);
  const [dialog, setDialog] = useState<Asked | null>(null);
  // Below merchant and mode; a list has one part.
  const page = useRouterState({ select: ({ location }) => location.pathname.split("/")[3] ?? "" });
  const text = useQueryText();
  const show = useShow();
  if (data === undefined) return null;
  const views = data.data.filter((view) => view.page === page);
  const picked = fields.flatMap((name) => (text[name] === undefined ? [] : [[name, text[name]] as const]));
  const now = addressOf("", Object.fromEntries(picked)).slice(1);
  const shown = views.find((view) => now !== "" && view.query === now);
  const close = () => setDialog(null);
  return (
    <>
      <DropdownMenu
        trigger={<span className="max-w-40 truncate">{shown === undefined ? "Views ▾" : `${shown.name} ▾`}</span>}
        label={`Saved views${shown === undefined ? "" : `: ${shown.name}`}`}
        look="h-7 rounded px-2 text-xs text-muted hover:bg-sunken hover:text-ink"
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
          <>
            <MenuItem onSelect={() => setDialog({ what: "rename", view: shown })}>Rename “{shown.name}”…</MenuItem>
            <MenuItem danger onSelect={() => setDialog({ what: "delete", view: shown })}>
              Delete “{shown.name}”…
            </MenuItem>
          </>
        )}
      </DropdownMenu>
      {dialog === "save" && <SaveDialog page={page} query={now} onClose={close} />}
      {dialog !== null && dialog !== "save" && dialog.what === "rename" && (
        <RenameDialog view={dialog.view} taken={views.map(({ name }) => name)} onClose={close} />
      )}
      {dialog !== null && dialog !== "save" && dialog.what === "delete" && <DeleteDialog view={dialog.view} onClose={close} />}
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

function RenameDialog({ view, taken, onClose }: { view: View; taken: readonly string[]; onClose: () => void }) {
  const [name, setName] = useState(view.name);
  const wanted = name.trim();
  const rename = useAct<string, View>({
    call: (text) => ({ method: "PATCH", path: path`/v1/views/${view.id}`, body: { name: text } }),
    changes: [PATH],
    onDone: onClose,
  });
  const off = wanted === "" ? "Give it a name." : wanted === view.name ? "It has this name." : null;
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Rename the view “${view.name}”`}
      effect="It keeps its filters."
      verb="Rename view"
      busy={rename.isPending}
      error={rename.error}
      why={off ?? (taken.includes(wanted) ? "Another view has this name." : null)}
      onConfirm={() => rename.mutate(wanted)}
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
      effect="What it shows stays. Links that were copied go on working."
      verb="Delete view"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(view.id)}
    />
  );
}
