/** The clock and chance, which tests may set; nothing else here asks for them. */
export interface Surroundings {
  readonly fetch: typeof fetch;
  /** @unit epoch ms */
  readonly now: () => number;
  /** A number of [0, 1). */
  readonly chance: () => number;
  /** Resolves after the time; rejects with the signal's reason when it is aborted. @unit ms */
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const realSurroundings: Surroundings = {
  fetch: (...given) => fetch(...given),
  now: () => Date.now(),
  chance: () => Math.random(),
  wait: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};
