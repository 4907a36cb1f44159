/** Randomness comes in from outside, so that the simulator can replay it. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  bytes(length: number): Uint8Array;
}
