/** The token of a link that works once: it stands behind the #, which no server and no log sees. */
import { useState } from "react";

/** Taken out of the address at once, so that neither history nor a copied address holds it. */
export function useLinkToken(): string {
  const [token] = useState(() => {
    const found = location.hash.slice(1);
    if (found !== "") history.replaceState(history.state, "", location.pathname);
    return found;
  });
  return token;
}
