/** The links in e-mails that are kept here and not sent: each opens what only its recipient may open, and more people read what is kept. */

const LINK = /\b(inv|rst)(_[0-9A-Z]{26})_[\w-]{32}/g;

/**
 * The text of a kept e-mail without what its links open. Links to another password are shown to nobody: `tillway people sign-in-link` makes one.
 * @param invites whether who reads could send any of the invitations
 */
export function withoutLinks(text: string, invites: boolean): string {
  return text.replaceAll(LINK, (link, kind: string, id: string) => (kind === "inv" && invites ? link : `${kind}${id}_hidden`));
}
