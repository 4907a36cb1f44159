/** Who is signed in: the account, the look, help, and the way out. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { call } from "../kit/api.ts";
import { DropdownMenu, MenuChoice, MenuItem, MenuLabel, MenuLine } from "../kit/menu.tsx";
import { takeSession, useSession } from "../kit/session.tsx";
import { setTheme, useTheme, type Theme } from "../kit/theme.ts";
import { toast } from "../kit/toast.tsx";
import { showHelp } from "./help.tsx";
import { lastScope } from "./last-scope.ts";

export function PersonMenu() {
  const { data: session } = useSession();
  const theme = useTheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const scope = lastScope();
  const name = session?.person.name ?? "";
  const signOut = () =>
    void call({ method: "DELETE", path: "/v1/session", scope: null }).then(
      () => {
        takeSession(client, null);
        void navigate({ to: "/sign-in" as never });
      },
      (error: Error) => toast(error.message, "bad"),
    );
  return (
    <DropdownMenu
      trigger={name.charAt(0).toUpperCase()}
      label={`Account of ${name}`}
      look="ml-1 flex size-7 items-center justify-center rounded-full bg-neutral-soft text-xs font-semibold text-ink"
    >
      <MenuLabel>{session?.person.email}</MenuLabel>
      <MenuItem onSelect={() => void navigate({ to: "/account" as never })}>Account and sign-in</MenuItem>
      {session?.person.is_operator === true && scope !== null && (
        <MenuItem onSelect={() => void navigate({ to: `/${scope.merchant}/${scope.mode}/operator/merchants` as never })}>
          Merchants of this installation
        </MenuItem>
      )}
      <MenuItem onSelect={showHelp}>Keyboard shortcuts</MenuItem>
      <MenuLine />
      <MenuLabel>Look</MenuLabel>
      <MenuChoice
        value={theme}
        onChange={(value) => setTheme(value as Theme)}
        choices={[
          ["system", "As the system"],
          ["light", "Light"],
          ["dark", "Dark"],
        ]}
      />
      <MenuLine />
      <MenuItem onSelect={signOut}>Sign out</MenuItem>
    </DropdownMenu>
  );
}
