/** One line of `tillway doctor`. */
export interface Finding {
  readonly check: string;
  /** `warn`: it works, and something about it will surprise somebody. `fail`: Tillway does not start, or not work, like this. */
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** Absent if it is ok. */
  readonly cure?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, status: "ok", message });
export const warn = (check: string, message: string, cure: string): Finding => ({ check, status: "warn", message, cure });
export const fail = (check: string, message: string, cure: string): Finding => ({ check, status: "fail", message, cure });
