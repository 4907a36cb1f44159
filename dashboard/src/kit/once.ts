/** A press that counts once: what React knows comes a moment after the press, and a double click is faster. */
import { useRef } from "react";

interface Acts<TInput> {
  readonly mutateAsync: (input: TInput) => Promise<unknown>;
}

/** Does the act, unless it is being done. What it was answered is in the act itself. */
export function useOnce<TInput>(act: Acts<TInput>): (input: TInput) => void {
  const isGoing = useRef(false);
  return (input) => {
    if (isGoing.current) return;
    isGoing.current = true;
    void act
      .mutateAsync(input)
      .catch(() => undefined)
      .finally(() => {
        isGoing.current = false;
      });
  };
}
