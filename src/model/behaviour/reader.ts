import type { Told } from "./context.ts";
import { type Encoder, type EncoderOptions, openEncoder } from "./encode.ts";
import type { NetworkShape } from "./network.ts";

/**
 * An encoder that is opened when it is first asked and closed when it is idle and released: whoever
 * began with a model that has left service since is still answered by it, and nothing stays open.
 */
export interface Reader {
  /** @shape histories each [n], result [histories, width] */
  read(histories: readonly Told[]): Promise<Float32Array>;
  /** Done when nobody reads any more. */
  release(): Promise<void>;
}

interface Open {
  readonly encoder: Promise<Encoder>;
  readers: number;
}

/** @param parameters asked for when the encoder is opened, so that packed ones need not stay unpacked */
export function openReader(
  shape: NetworkShape,
  parameters: () => ReadonlyMap<string, Float32Array>,
  options: EncoderOptions,
): Reader {
  let open: Open | undefined;
  let stays = true;
  let closing: Promise<void> = Promise.resolve();
  const closeIfIdle = (): void => {
    if (stays || open === undefined || open.readers > 0) return;
    const { encoder } = open;
    open = undefined;
    closing = encoder.then((idle) => idle.release());
  };
  return {
    async read(histories) {
      open ??= { encoder: openEncoder(shape, parameters(), options), readers: 0 };
      const mine = open;
      mine.readers++;
      try {
        return await (await mine.encoder).encode(histories);
      } finally {
        mine.readers--;
        closeIfIdle();
      }
    },
    async release() {
      stays = false;
      closeIfIdle();
      await closing;
    },
  };
}
