/** Links within a merchant and mode, so that one that is copied says both. */
import { Link } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode } from "react";
import { useScope } from "./scope.ts";

export interface PageLinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  /** Within the merchant and mode, e.g. `payments/pay_1`. */
  readonly to: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly children?: ReactNode;
}

/** The address of a page of this merchant and mode. */
export function usePageAddress(): (to: string) => string {
  const { merchant, mode } = useScope();
  return (to) => `/${merchant}/${mode}/${to}`;
}

/** A link to a page of this merchant and mode. Looks like what is around it: give it `className={linkLook}` within text. */
export function PageLink({ to, query = {}, ...rest }: PageLinkProps) {
  const address = usePageAddress();
  return <Link to={address(to) as never} search={query as never} {...rest} />;
}

export const linkLook = "text-accent underline underline-offset-4 hover:decoration-2";
