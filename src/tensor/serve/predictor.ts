import { assert } from "../../assert.ts";
import { isProblem, type Problem, problem } from "../../errors.ts";
import { decodeModel } from "../onnx/decode.ts";
import {
  openSessionOn,
  type Provider,
  type ProviderReport,
  reportFor,
} from "../runtime/providers.ts";
import type { Session, SessionOptions, Slot } from "../runtime/session.ts";
import { checkFeeds, type Signature, signatureOf, slotFor, type Taken } from "./signature.ts";

/**
 * A model opened for service: read and checked before the runtime sees it, run once to warm up, and
 * then given requests that are each checked whole. A run blocks its thread while it computes.
 */
export interface PredictorOptions {
  readonly provider: Provider;
  readonly session: SessionOptions;
  /** Inputs that stay, such as parameters shared with a trainer: checked once, read at each run. */
  readonly kept: Readonly<Record<string, Slot>>;
  /** Largest batch of one run. */
  readonly batchMost: number;
}

export type Slots = Readonly<Record<string, Slot>>;

export interface Predictor {
  readonly signature: Signature;
  readonly report: ProviderReport;
  /**
   * Results in memory of their own. @throws problem `invalid-request` or `too-large`
   */
  run(feeds: Slots): Promise<Slots>;
  /** Twice is once. Waits for nothing: a run in progress must have ended. */
  release(): Promise<void>;
}

/** @throws problem `invalid-model-file`; nothing is left open then */
export async function openPredictor(
  model: Uint8Array,
  options: PredictorOptions,
): Promise<Predictor> {
  const { graph } = decodeModel(model);
  const whole = signatureOf(graph);
  const isKept = ({ name }: Taken): boolean => Object.hasOwn(options.kept, name);
  checkFeeds(whole.inputs.filter(isKept), options.kept);
  const signature = { ...whole, inputs: whole.inputs.filter((one) => !isKept(one)) };
  const session = await opened(model, options);
  const predictor = predictorOf(session, signature, options);
  try {
    await warmUp(predictor);
  } catch (cause) {
    await predictor.release();
    throw cause;
  }
  return { ...predictor, report: reportFor(options.provider, graph) };
}

async function opened(
  model: Uint8Array,
  { provider, session }: PredictorOptions,
): Promise<Session> {
  try {
    return await openSessionOn(provider, model, session);
  } catch (cause) {
    if (isProblem(cause)) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw problem("invalid-model-file", `the runtime refuses the model: ${words}`, { cause });
  }
}

function predictorOf(
  session: Session,
  signature: Signature,
  { kept, batchMost }: PredictorOptions,
): Omit<Predictor, "report"> {
  let isOpen = true;
  return {
    signature,
    run: async (feeds) => {
      assert(isOpen, "a predictor is run before it is released");
      const sizes = checkFeeds(signature.inputs, feeds);
      const batch = Math.max(0, ...sizes.values());
      if (batch > batchMost) {
        throw problem("too-large", `a batch of ${batch} is more than the ${batchMost} of one run`);
      }
      const results = Object.fromEntries(
        signature.outputs.map((one) => [one.name, slotFor(one, sizes)]),
      );
      await session.run({ ...feeds, ...kept }, results).catch((cause: unknown) => {
        throw refused(cause);
      });
      return results;
    },
    release: async () => {
      if (!isOpen) return;
      isOpen = false;
      await session.release();
    },
  };
}

/** Shapes and types fitted, so it is the values: an index outside its table. */
function refused(cause: unknown): Problem {
  const words = cause instanceof Error ? cause.message : String(cause);
  return problem("invalid-request", `the model cannot be run on these values: ${words}`, { cause });
}

/** One example of zeros, so that no request waits for memory to be laid out. */
async function warmUp({ signature, run }: Omit<Predictor, "report">): Promise<void> {
  const one = new Map(
    signature.inputs.flatMap(({ shape }) =>
      shape.flatMap((size) => (typeof size === "number" ? [] : [[size.name, 1] as const])),
    ),
  );
  await run(Object.fromEntries(signature.inputs.map((taken) => [taken.name, slotFor(taken, one)])));
}
