/** Inviting somebody, changing a role, removing somebody, withdrawing an invitation. */
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog, Dialog } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { useScope } from "../../kit/scope.ts";
import { useSession, type Role } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";
import type { Invitation, Member } from "./answer.ts";

/** An admin neither makes nor changes owners: the API refuses it, and this says so before. */
function useOwnRole(): string | null {
  const { merchant } = useScope();
  const { data: session } = useSession();
  return session?.merchants.find(({ id }) => id === merchant)?.role ?? null;
}

const ONLY_OWNERS = "Only an owner makes or changes owners.";

export function InviteDialog({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("support");
  const act = useAct<{ email: string; role: string }, Invitation>({
    call: (body) => ({ method: "POST", path: "/v1/team/invitations", body }),
    keyed: false,
    changes: ["/v1/team"],
    onDone: () => {
      onClose();
      toast(`An invitation goes to ${email.trim()}`);
    },
  });
  const isEmail = /^\S+@\S+$/.test(email.trim());
  const actions = (
    <>
      <Button onClick={onClose}>Back</Button>
      <Button
        kind="primary"
        busy={act.isPending}
        why={isEmail ? null : "Type the e-mail address of the person."}
        onClick={() => act.mutate({ email: email.trim(), role })}
      >
        Send invitation
      </Button>
    </>
  );
  return (
    <Dialog open title="Invite somebody" onClose={onClose} actions={actions}>
      <div className="space-y-4">
        <p className="text-sm text-muted">They get an e-mail with a link that works once, within seven days.</p>
        <Field
          label="E-mail"
          type="email"
          value={email}
          maxLength={254}
          autoComplete="off"
          autoFocus
          error={act.error?.param === "email" ? act.error.message : null}
          onChange={(event) => setEmail(event.target.value)}
        />
        <RoleChoice roles={roles} role={role} onChange={setRole} />
        {act.error !== null && <ErrorNote error={act.error} fields={["email"]} />}
      </div>
    </Dialog>
  );
}

export function RoleDialog({ member, roles, onClose }: { member: Member; roles: readonly Role[]; onClose: () => void }) {
  const [role, setRole] = useState(member.role);
  const own = useOwnRole();
  const label = roles.find((one) => one.role === role)?.label ?? role;
  const act = useAct<string>({
    call: (next) => ({ method: "PATCH", path: path`/v1/team/members/${member.person.id}`, body: { role: next } }),
    changes: ["/v1/team"],
    onDone: () => {
      onClose();
      toast(`${member.person.email} is ${label} now`);
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Change the role of ${member.person.email}`}
      effect="It counts at once, where they are signed in as well."
      verb="Change role"
      busy={act.isPending}
      error={act.error}
      why={member.role === "owner" && own !== "owner" ? ONLY_OWNERS : role === member.role ? "It is their role already." : null}
      onConfirm={() => act.mutate(role)}
    >
      <RoleChoice roles={roles} role={role} onChange={setRole} />
    </ConfirmDialog>
  );
}

function RoleChoice({ roles, role, onChange }: { roles: readonly Role[]; role: string; onChange: (role: string) => void }) {
  const own = useOwnRole();
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Role</legend>
      <div className="space-y-2">
        {roles.map(({ role: one, label, means }) => {
          const isOff = one === "owner" && own !== "owner";
          return (
            <label key={one} className="flex items-start gap-2">
              <input
                type="radio"
                name="role"
                value={one}
                checked={one === role}
                disabled={isOff}
                className="mt-0.5 size-4 accent-accent"
                onChange={() => onChange(one)}
              />
              <span>
                <span className="text-sm">{label}</span>
                <span className="block text-xs text-muted">{isOff ? ONLY_OWNERS : means}</span>
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

export function RemoveDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const own = useOwnRole();
  const act = useAct<undefined>({
    call: () => ({ method: "DELETE", path: path`/v1/team/members/${member.person.id}` }),
    changes: ["/v1/team"],
    onDone: () => {
      onClose();
      toast(`${member.person.email} was removed`);
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove ${member.person.email}?`}
      effect="They can't see or change anything of this merchant any more, within a second. What they did stays in the audit log. You can invite them again."
      verb="Remove"
      danger
      busy={act.isPending}
      error={act.error}
      why={member.role === "owner" && own !== "owner" ? ONLY_OWNERS : null}
      onConfirm={() => act.mutate(undefined)}
    />
  );
}

export function WithdrawDialog({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const act = useAct<undefined>({
    call: () => ({ method: "DELETE", path: path`/v1/team/invitations/${invitation.id}` }),
    changes: ["/v1/team"],
    onDone: () => {
      onClose();
      toast(`The invitation of ${invitation.email} was withdrawn`);
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Withdraw the invitation of ${invitation.email}?`}
      effect="The link of the e-mail opens nothing any more. You can invite them again."
      verb="Withdraw"
      danger
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate(undefined)}
    />
  );
}
