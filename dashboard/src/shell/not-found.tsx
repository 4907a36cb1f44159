import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { buttonLook } from "../kit/button.tsx";
import { ErrorState } from "../kit/states.tsx";
import { PlainFrame } from "./plain-frame.tsx";

/** An address of no page, or of a merchant that the person is no member of. */
export function NotFound() {
  return (
    <PlainFrame title="There is nothing at this address" about="The link may be old, or be of a merchant that you are no member of.">
      <Link to={"/" as never} className={buttonLook()}>
        Home
      </Link>
    </PlainFrame>
  );
}

/** A page that failed, or whose code could not be loaded: most often since a newer version is served now. */
export function Crashed({ error }: ErrorComponentProps) {
  return <ErrorState error={error} onRetry={() => location.reload()} />;
}
