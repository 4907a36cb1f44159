/** Which merchant is shown. */
import { useNavigate } from "@tanstack/react-router";
import { DropdownMenu, MenuChoice, MenuLabel } from "../kit/menu.tsx";
import { useScope } from "../kit/scope.ts";
import { useSession } from "../kit/session.tsx";

export function MerchantMenu() {
  const { merchant, mode } = useScope();
  const { data: session } = useSession();
  const navigate = useNavigate();
  const merchants = session?.merchants ?? [];
  const name = merchants.find(({ id }) => id === merchant)?.name ?? merchant;
  const trigger = (
    <>
      <span
        aria-hidden="true"
        className="flex size-6 shrink-0 items-center justify-center rounded bg-accent text-xs font-semibold text-on-accent"
      >
        {name.charAt(0).toUpperCase()}
      </span>
      <span className="sr-only">Merchant: </span>
      <span className="truncate">{name}</span>
      <span aria-hidden="true" className="ml-auto text-muted">
        ▾
      </span>
    </>
  );
  return (
    <DropdownMenu
      trigger={trigger}
      align="start"
      look="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm font-semibold hover:bg-sunken"
    >
      <MenuLabel>Merchant</MenuLabel>
      <MenuChoice
        value={merchant}
        onChange={(id) => void navigate({ to: `/${id}/${mode}/home` as never })}
        choices={merchants.map(({ id, name: label }) => [id, label])}
      />
    </DropdownMenu>
  );
}
