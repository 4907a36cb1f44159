import { useState } from "react";
import { Badge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { useApi } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { DropdownMenu, MenuItem } from "../../kit/menu.tsx";
import { useMay, useRoles, useSession, type Role } from "../../kit/session.tsx";
import { Empty, Loaded } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Ago, Time } from "../../kit/time.tsx";
import { RoleTable } from "./role-table.tsx";
import { InviteDialog, RemoveDialog, RoleDialog, WithdrawDialog } from "./team-dialogs.tsx";
import type { Invitation, Member, Team } from "./answer.ts";

type Doing =
  | { readonly act: "invite" }
  | { readonly act: "role" | "remove"; readonly member: Member }
  | { readonly act: "withdraw"; readonly invitation: Invitation };

export function Page() {
  const read = useApi<Team>("/v1/team");
  const [doing, setDoing] = useState<Doing | null>(null);
  const { why } = useMay("team.write");
  const { data: session } = useSession();
  const roles = useRoles() ?? [];
  const close = () => setDoing(null);
  const invite = (
    <Button kind="primary" why={why} onClick={() => setDoing({ act: "invite" })}>
      Invite somebody
    </Button>
  );
  const look: Look = { roles, me: session?.person.id ?? null, why, act: setDoing };
  return (
    <>
      <PageHeader title="Team" about="People who may see and steer this merchant, in test and live." actions={invite} />
      <div className="space-y-4">
        <Section flush>
          <DataTable
            name="Members"
            whole
            columns={memberColumns(look)}
            list={{
              rows: read.data?.data.map((member) => ({ ...member, id: member.person.id })),
              error: read.error,
              refetch: read.refetch,
            }}
            linkOf={null}
            empty={
              <Empty title="Nobody yet" action={invite}>
                Invite people by e-mail; each sees and does what their role allows.
              </Empty>
            }
          />
        </Section>
        <Section title="Open invitations" flush>
          <Loaded of={read} rows={2}>
            {({ invitations = [] }) => (
              <>
                <Invitations {...{ invitations, ...look }} />
                {invitations.length > 0 && <WhereKept />}
              </>
            )}
          </Loaded>
        </Section>
        <Section title="What each role may do" flush>
          <RoleTable roles={roles} />
        </Section>
      </div>
      {doing?.act === "invite" && <InviteDialog roles={roles} onClose={close} />}
      {doing?.act === "role" && <RoleDialog member={doing.member} roles={roles} onClose={close} />}
      {doing?.act === "remove" && <RemoveDialog member={doing.member} onClose={close} />}
      {doing?.act === "withdraw" && <WithdrawDialog invitation={doing.invitation} onClose={close} />}
    </>
  );
}

interface Look {
  readonly roles: readonly Role[];
  readonly me: string | null;
  readonly why: string | null;
  readonly act: (what: Doing) => void;
}

type Row = Member & { readonly id: string };

function memberColumns({ roles, me, why, act }: Look): readonly Column<Row>[] {
  return [
    {
      id: "person",
      header: "Person",
      cell: ({ person }) => (
        <span className="block max-w-36 truncate py-1 sm:max-w-64">
          <span className="font-medium">{person.name}</span>
          {person.id === me && <span className="text-muted"> (you)</span>}
          <span className="block truncate text-xs text-muted">{person.email}</span>
        </span>
      ),
    },
    { id: "role", header: "Role", cell: ({ role }) => <RoleName role={role} roles={roles} /> },
    {
      id: "totp",
      header: "Second factor",
      wide: true,
      cell: ({ person }) => (person.has_totp ? <Badge tone="good">On</Badge> : <Badge tone="warn">Off</Badge>),
    },
    {
      id: "seen",
      header: "Last seen",
      wide: true,
      cell: ({ person, last_seen_at: at }) => {
        if (person.id === me) return "Now";
        return at === null ? <span className="text-muted">Never</span> : <Ago at={at} />;
      },
    },
    { id: "since", header: "Since", wide: true, cell: ({ since }) => <Time at={since} /> },
    {
      id: "acts",
      header: "Actions",
      right: true,
      cell: (member) => (
        <DropdownMenu
          trigger="Actions"
          label={`Actions of ${member.person.email}`}
          look="rounded-md border border-edge/60 px-2 py-1 text-xs hover:bg-hover"
        >
          <MenuItem why={why} onSelect={() => act({ act: "role", member })}>
            Change role…
          </MenuItem>
          <MenuItem why={why} danger onSelect={() => act({ act: "remove", member })}>
            Remove…
          </MenuItem>
        </DropdownMenu>
      ),
    },
  ];
}

function RoleName({ role, roles }: { role: string; roles: readonly Role[] }) {
  const found = roles.find((one) => one.role === role);
  return <span title={found?.means}>{found?.label ?? role}</span>;
}

/** Without a mail server nobody gets the link by e-mail, and whoever invited would wait in vain. */
function WhereKept() {
  const { isSuccess } = useApi("/v1/test/emails", { limit: 1 });
  if (!isSuccess) return null;
  return (
    <p className="border-t border-line px-4 py-2.5 text-xs text-muted">
      No mail server is set up here. An owner finds each link under{" "}
      <PageLink to="emails" className={linkLook}>
        Kept e-mails
      </PageLink>{" "}
      and passes it on.
    </p>
  );
}

function Invitations({ invitations, roles, why, act }: Look & { invitations: readonly Invitation[] }) {
  if (invitations.length === 0) return <p className="px-4 py-4 text-sm text-muted">None is open.</p>;
  return (
    <ul className="divide-y divide-line">
      {invitations.map((invitation) => (
        <li key={invitation.id} className="flex flex-wrap items-center justify-between gap-2 px-4 py-2.5 text-sm">
          <div className="min-w-0">
            <p className="truncate font-medium">{invitation.email}</p>
            <p className="text-xs text-muted">
              <RoleName role={invitation.role} roles={roles} />, invited by {invitation.invited_by ?? "the command line"}; the link ends{" "}
              <Ago at={invitation.expires_at} />
            </p>
          </div>
          <Button
            small
            why={why}
            aria-label={`Withdraw the invitation of ${invitation.email}`}
            onClick={() => act({ act: "withdraw", invitation })}
          >
            Withdraw
          </Button>
        </li>
      ))}
    </ul>
  );
}
