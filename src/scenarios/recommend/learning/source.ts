import type { History } from "../../../algorithms/sequences.ts";
import type { TopK } from "../../../algorithms/top-k.ts";
import type { InvertedLists } from "../../../algorithms/vectors/inverted-lists.ts";
import type { CheckpointPlace } from "../../../model/behaviour/training/checkpoints.ts";
import type { Measured, StopSign } from "../../../storage/jobs.ts";
import type { Matmul } from "../../../tensor/matmul.ts";
import type { Random } from "../../../tensor/random.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import type { Reason, RecommendParams, SourceName } from "../schema.ts";
import type { Learnable } from "./frame.ts";

/**
 * What a source is: how it learns, how it is asked, and how it speaks to a shopper. All else treats
 * them alike. Each has a few variants (how far it looks back, what it counts); fitting keeps the one
 * that does best on held-out actions of the shop at hand.
 * Left out on purpose: sources that need a row for each shopper at question time; a shopper is
 * known here by a history alone, so erasing the history erases the shopper.
 */
export interface Source {
  readonly name: SourceName;
  /** How many variants `fit` knows. */
  readonly variants: number;
  /** Why it cannot learn from this, in words; undefined when it can. */
  unfit(learn: Learnable, params: RecommendParams): string | undefined;
  /** The variants asked for, in that order; plain data. */
  fit(
    learn: Learnable,
    params: RecommendParams,
    variants: readonly number[],
    engine: Engine,
  ): Promise<readonly unknown[]>;
  /** Learns from everything as the model that was judged did; where `fit` would have to judge anew. */
  refit?(
    learn: Learnable,
    params: RecommendParams,
    judged: unknown,
    engine: Engine,
  ): Promise<unknown>;
  ready(model: unknown, provider: Provider): ReadySource;
  /** Of a source that speaks for every group by one vector each. */
  readonly table?: SourceTable<unknown>;
  /** What a shopper is told, by what they did with the item that speaks loudest. */
  readonly reason: (did: Deed) => Reason["code"];
}

export interface SourceTable<Model> {
  /** Absent where it cannot be searched list by list. @shape values [groups, width] */
  of(model: Model): { readonly values: Float32Array; readonly width: number } | undefined;
  /** The model, searched by these lists from now on. */
  listed(model: Model, lists: InvertedLists): Model;
}

/** What somebody did with an item; `context`: it is what the list stands beside. */
export type Deed = "viewed" | "bought" | "context";

export interface Engine {
  readonly matmul: Matmul;
  readonly random: Random;
  readonly seed: number;
  /** Who computes networks. */
  readonly provider: Provider;
  readonly threads: number;
  /** Held-out questions with one right answer, for a source that must know when to stop. */
  readonly trials: Trials;
  /** Says how far long learning is. */
  readonly report: (progress: Learning) => void;
  /** Where a run of that name keeps how far it is, and finds it again; absent where nothing is kept. */
  readonly checkpoints?: ((run: string) => CheckpointPlace) | undefined;
  /** Whether to stop; looked at between two steps. */
  readonly signal?: StopSign | undefined;
}

export interface Trials {
  readonly questions: readonly { readonly history: History; readonly target: number }[];
  readonly filterSeen: boolean;
}

/** How far a source is that learns in epochs. */
export interface Learning {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What was found in the last one, in words. */
  readonly note: string;
  /** The same in numbers. */
  readonly measured: Measured;
}

/** How far a run is, as bytes: who hears it keeps them, for when the training goes on. */
export interface KeptRun {
  readonly run: string;
  readonly bytes: Uint8Array;
}

/** What a source is asked with. */
export interface Asked {
  /** All actions, or on item pages and in carts the items there. */
  readonly history: History;
  /** What was bought before. */
  readonly bought: History;
}

/** A fitted source with its scratch memory, for one thread; it says something of every group at once. */
export interface Scorer {
  /**
   * What takes waiting, such as a network's run, for questions that are asked next with these very
   * objects; with `explains` for `explain` too. A source without it never waits.
   */
  read?(asked: readonly Asked[], explains: boolean): Promise<void>;
  /** @shape out [vocabulary] */
  scoreInto(asked: Asked, out: Float32Array): void;
  /** What each place of `from` adds to the score of the token. */
  explain(asked: Asked, token: number): Parts;
  /** Lets go of what it keeps of questions that were asked. */
  forget?(): void;
  /** Gives back what it holds of the runtime; asked again, it takes it anew. */
  release?(): Promise<void>;
}

/** A scorer that can be asked of some groups, for less. */
export interface ReadySource extends Scorer {
  /** As `scoreInto` says it. */
  answer(asked: Asked): Answer;
}

/** What a source says to one question, read where it is needed: good until another is asked. */
export interface Answer {
  /** The tokens it speaks for, best first; returns how many. */
  bestInto(top: TopK): number;
  /** As `scoreInto` has them. O(tokens). @shape result [tokens] */
  scoresOf(tokens: Int32Array): Float32Array;
}

export interface Parts {
  readonly from: keyof Asked;
  /** @shape [places of asked[from]] */
  readonly parts: Float64Array;
}

export interface Typed<Model> {
  readonly name: SourceName;
  readonly variants: number;
  readonly unfit: Source["unfit"];
  readonly fit: (...of: Parameters<Source["fit"]>) => Promise<readonly Model[]>;
  readonly refit?: (
    learn: Learnable,
    params: RecommendParams,
    judged: Model,
    engine: Engine,
  ) => Promise<Model>;
  readonly ready: (model: Model, provider: Provider) => ReadySource;
  readonly table?: SourceTable<Model>;
  readonly reason: Source["reason"];
}

/** Forgets a source's own type of model, so that the sources are one list. */
export const sourceOf = <Model>({ refit, table, ...typed }: Typed<Model>): Source => ({
  ...typed,
  ready: (model, provider) => typed.ready(model as Model, provider),
  ...(table === undefined
    ? {}
    : {
        table: {
          of: (model) => table.of(model as Model),
          listed: (model, lists) => table.listed(model as Model, lists),
        },
      }),
  ...(refit === undefined
    ? {}
    : {
        refit: (learn, params, judged, engine) => refit(learn, params, judged as Model, engine),
      }),
});

export const noEvents = ({ persons }: Learnable): string | undefined =>
  persons.tokens.length === 0 ? "there are no events yet" : undefined;
