/** What `GET /v1/team` answers: docs/decisions/0061. */
export interface Member {
  readonly person: { readonly id: string; readonly email: string; readonly name: string; readonly has_totp: boolean };
  readonly role: string;
  readonly since: string;
  readonly last_seen_at: string | null;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly invited_by: string | null;
  readonly expires_at: string;
}

export interface Team {
  readonly data: readonly Member[];
  readonly invitations?: readonly Invitation[];
}
