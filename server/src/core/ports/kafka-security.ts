/** How the brokers of Kafka are spoken with. */
export interface KafkaSecurity {
  readonly isTls: boolean;
  /** PEM; null: what Node trusts. */
  readonly ca: string | null;
  /** Null: nobody signs in. */
  readonly login: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
    readonly username: string;
    readonly password: string;
  } | null;
}
