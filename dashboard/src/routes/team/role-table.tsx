/** The one table of who may do what, as the API has it: it makes the guards of routes as well. */
import { permissions, type Permission as Named } from "../../../../server/src/core/permissions.ts";
import type { Role } from "../../kit/session.tsx";

export function RoleTable({ roles }: { roles: readonly Role[] }) {
  const names = [...new Set(roles.flatMap((role) => role.permissions))];
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label="Permissions by role">
      <table className="w-full border-separate border-spacing-0 text-sm">
        <thead>
          <tr>
            <th scope="col" className="border-b border-line bg-ground px-4 py-2 text-left text-xs font-medium text-muted">
              May
            </th>
            {roles.map(({ role, label, means }) => (
              <th key={role} scope="col" title={means} className="border-b border-line bg-ground px-2 py-2 text-xs font-medium text-muted">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row" className="min-w-48 border-b border-line px-4 py-1.5 text-left font-normal">
                {sentence(permissions[name as Named]?.means ?? name)}
              </th>
              {roles.map(({ role, permissions: own }) => (
                <td key={role} className="border-b border-line px-2 text-center">
                  {own.includes(name) ? <span className="text-good">✓</span> : <span className="text-muted">–</span>}
                  <span className="sr-only">{own.includes(name) ? "yes" : "no"}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
