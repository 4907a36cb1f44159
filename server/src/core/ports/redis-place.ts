/** Where Redis is, read from `REDIS_URL`. */
export interface RedisPlace {
  readonly kind: "server" | "cluster" | "sentinel";
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** The name under which Sentinels know the primary; "" of the other kinds. */
  readonly primary: string;
  readonly isTls: boolean;
  /** PEM; null or left out: what Node trusts. */
  readonly ca?: string | null;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}
