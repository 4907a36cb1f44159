import { PageHeader } from "../../kit/layout.tsx";

export function Page() {
  return <PageHeader title="Home" />;
}
