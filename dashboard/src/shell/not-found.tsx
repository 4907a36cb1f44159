import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { buttonLook } from "../kit/button.tsx";
import { Empty, ErrorState } from "../kit/states.tsx";

/** An address of no page, or of a merchant that the person is no member of. */
export function NotFound() {
  useEffect(() => {
    document.title = "Not found · Tillway";
  }, []);
  return (
    <main className="py-8">
      <h1 className="sr-only">Not found</h1>
      <Empty
        title="There is nothing at this address"
        action={
          <Link to={"/" as never} className={buttonLook()}>
            Home
          </Link>
        }
      >
        The link may be old, or be of a merchant that you are no member of.
      </Empty>
    </main>
  );
}

/** A page that failed, or whose code could not be loaded: most often since a newer version is served now. */
export function Crashed({ error }: ErrorComponentProps) {
  return <ErrorState error={error} onRetry={() => location.reload()} />;
}
