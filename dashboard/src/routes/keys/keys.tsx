import type { ApiKey } from "@tillway/sdk";
import { useState } from "react";
import { scopesOf, type Role } from "../../../../server/src/core/permissions.ts";
import { Button } from "../../kit/button.tsx";
import { CopyBlock, CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { DropdownMenu, MenuItem } from "../../kit/menu.tsx";
import { useScope } from "../../kit/scope.ts";
import { useMay, useRoles, useSession } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Ago, Time } from "../../kit/time.tsx";
import { KeyDialog, RevokeDialog, RotateDialog } from "./key-dialogs.tsx";
import { isPast, KeyStatus, ScopeList } from "./key-look.tsx";
import { SecretDialog } from "./secret-dialog.tsx";

interface Doing {
  readonly act: "make" | "change" | "rotate" | "revoke";
  readonly key: ApiKey | null;
}

export function Page() {
  const read = useApi<{ data: readonly ApiKey[] }>("/v1/keys");
  const [doing, setDoing] = useState<Doing | null>(null);
  const [made, setMade] = useState<ApiKey | null>(null);
  const { why } = useMay("keys.write");
  const { mode } = useScope();
  const close = () => setDoing(null);
  const create = (
    <Button kind="primary" why={why} onClick={() => setDoing({ act: "make", key: null })}>
      Create key
    </Button>
  );
  return (
    <>
      <PageHeader
        title="API keys"
        about={mode === "test" ? "Of test mode: no money moves. Live has keys of its own." : "Of live mode: they move real money."}
        actions={create}
      />
      <Section flush>
        <DataTable
          name="API keys"
          whole
          columns={columnsOf(why, (act, key) => setDoing({ act, key }))}
          list={{ rows: read.data?.data, error: read.error, refetch: read.refetch }}
          linkOf={null}
          empty={
            <Empty title="No keys yet" action={create}>
              A service of yours signs its requests with a key. From a terminal:
              <div className="mt-3 text-left">
                <CopyBlock label="Command" text="npx tillway keys create --name Checkout --scopes payments.read" />
              </div>
            </Empty>
          }
        />
      </Section>
      <Dialogs doing={doing} onClose={close} onMade={setMade} />
      <SecretDialog made={made} onClose={() => setMade(null)} />
    </>
  );
}

function Dialogs({ doing, onClose, onMade }: { doing: Doing | null; onClose: () => void; onMade: (made: ApiKey) => void }) {
  const granter = useGranter();
  if (doing === null) return null;
  const { act, key } = doing;
  if (act === "make") return <KeyDialog subject="new" {...{ granter, onClose, onMade }} />;
  if (key === null) return null;
  if (act === "change") return <KeyDialog subject={key} {...{ granter, onClose, onMade }} />;
  if (act === "rotate") return <RotateDialog subject={key} {...{ onClose, onMade }} />;
  return <RevokeDialog subject={key} onClose={onClose} />;
}

/** What this person may give to a key: nothing that their own role has not. */
function useGranter() {
  const { merchant } = useScope();
  const { data: session } = useSession();
  const roles = useRoles();
  const own = session?.merchants.find(({ id }) => id === merchant)?.role ?? null;
  const grantable = own === null ? [] : scopesOf(own as Role);
  return { grantable, role: roles?.find(({ role }) => role === own)?.label ?? own };
}

function columnsOf(why: string | null, act: (what: Doing["act"], key: ApiKey) => void): readonly Column<ApiKey>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => <span className="font-medium">{name}</span> },
    { id: "status", header: "Status", cell: (key) => <KeyStatus subject={key} /> },
    { id: "key", header: "Key", wide: true, cell: ({ key }) => <CopyId id={key} short /> },
    { id: "scopes", header: "May do", wide: true, cell: ({ scopes }) => <ScopeList names={scopes} /> },
    {
      id: "limit",
      header: "Limit",
      right: true,
      wide: true,
      hidden: true,
      cell: ({ rate_limit_per_second: limit }) => (limit === null ? "–" : `${limit} / s`),
    },
    {
      id: "used",
      header: "Last used",
      wide: true,
      cell: ({ last_used_at: at }) => (at === null ? <span className="text-muted">Never</span> : <Ago at={at} />),
    },
    { id: "created", header: "Created", wide: true, hidden: true, cell: ({ created_at: at }) => <Time at={at} /> },
    { id: "version", header: "API version", wide: true, hidden: true, cell: ({ api_version: version }) => version },
    { id: "acts", header: "Actions", right: true, cell: (key) => <Acts subject={key} why={why} act={act} /> },
  ];
}

function Acts({ subject, why, act }: { subject: ApiKey; why: string | null; act: (what: Doing["act"], key: ApiKey) => void }) {
  const ended = subject.revoked_at !== null || isPast(subject.expires_at);
  const off = why ?? (ended ? "This key has ended." : null);
  const rotated = subject.expires_at !== null ? "It was rotated already: change or rotate the one that took its place." : null;
  return (
    <DropdownMenu
      trigger="Actions"
      label={`Actions of ${subject.name}`}
      look="rounded-md border border-edge/60 px-2 py-1 text-xs hover:bg-hover"
    >
      <MenuItem why={off ?? rotated} onSelect={() => act("change", subject)}>
        Change…
      </MenuItem>
      <MenuItem why={off ?? rotated} onSelect={() => act("rotate", subject)}>
        Rotate…
      </MenuItem>
      <MenuItem why={off} danger onSelect={() => act("revoke", subject)}>
        Revoke…
      </MenuItem>
    </DropdownMenu>
  );
}
