/** What somebody else answers, or an error if it takes longer. @param whose answer it is, for the message */
export async function within<Value>(ms: number, work: Promise<Value>, whose: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${whose} did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What somebody else answers, or null if it fails or takes longer. Never rejects. */
export async function withinOrNull<Value>(ms: number, ask: () => Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([ask(), new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)))]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
