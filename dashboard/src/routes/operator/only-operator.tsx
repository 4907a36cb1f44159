/** Being the operator is no role of a merchant: the session says who is. */
import type { ReactNode } from "react";
import { PageHeader } from "../../kit/layout.tsx";
import { useSession } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";

export function OnlyOperator({ title, children }: { title: string; children: ReactNode }) {
  const { data: session } = useSession();
  if (session?.person.is_operator === true) return children;
  return (
    <>
      <PageHeader title={title} />
      <Empty title="This page is not open to you">It takes the operator of the installation, and you are not marked as one.</Empty>
    </>
  );
}
