/** How many of something each name has under way. */
export function places() {
  const taken = new Map<string, number>();
  return {
    /** Takes one more place. @returns how many this name has then */
    take(name: string): number {
      const now = (taken.get(name) ?? 0) + 1;
      taken.set(name, now);
      return now;
    },
    leave(name: string): void {
      const left = (taken.get(name) ?? 1) - 1;
      if (left === 0) taken.delete(name);
      else taken.set(name, left);
    },
  };
}
