import {
  type AlsModel,
  createAlsScratch,
  defaultAls,
  explainAls,
  fitAls,
  scoreAlsInto,
} from "../../../algorithms/als.ts";
import {
  type ContentKnnModel,
  defaultContentKnn,
  explainContentKnn,
  fitContentKnn,
  scoreContentKnnInto,
} from "../../../algorithms/content-knn.ts";
import {
  defaultEase,
  type EaseModel,
  explainEase,
  fitEase,
  scoreEaseInto,
} from "../../../algorithms/ease.ts";
import {
  defaultItemKnn,
  explainItemKnn,
  fitItemKnn,
  type ItemKnnModel,
  type ItemKnnParams,
  scoreItemKnnInto,
  setItemKnn,
  setPairing,
} from "../../../algorithms/item-knn.ts";
import {
  defaultLift,
  explainLift,
  fitLift,
  type LiftModel,
  scoreLiftInto,
} from "../../../algorithms/lift.ts";
import {
  defaultMarkov,
  explainMarkov,
  fitMarkov,
  type MarkovModel,
  type MarkovParams,
  plainMarkov,
  scoreMarkovInto,
} from "../../../algorithms/markov.ts";
import type { Attention } from "../../../algorithms/neighbours.ts";
import {
  fitPopularity,
  type PopularityModel,
  scorePopularityInto,
} from "../../../algorithms/popularity.ts";
import {
  defaultRepeat,
  explainRepeat,
  fitRepeat,
  type RepeatModel,
  type RepeatParams,
  scoreRepeatInto,
} from "../../../algorithms/repeat.ts";
import type { History } from "../../../algorithms/sequences.ts";
import {
  createSessionKnnScratch,
  defaultSessionKnn,
  explainSessionKnn,
  fitSessionKnn,
  type SessionKnnModel,
  type SessionKnnParams,
  scoreSessionKnnInto,
  shopperSessionKnn,
} from "../../../algorithms/session-knn.ts";
import type { Matmul } from "../../../tensor/matmul.ts";
import type { Random } from "../../../tensor/random.ts";
import type { Reason, RecommendParams, SourceName } from "../schema.ts";
import type { Learnable } from "./frame.ts";

/**
 * The sources, one row each: how it learns, how it is asked, and how it speaks to a shopper. All
 * else treats them alike. Each has a few variants (how far it looks back, what it counts); fitting
 * keeps the one that does best on held-out actions of the shop at hand.
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
  ready(model: unknown): ReadySource;
  /** What a shopper is told, by what they did with the item that speaks loudest. */
  readonly reason: (did: Deed) => Reason["code"];
}

/** What somebody did with an item; `context`: it is what the list stands beside. */
export type Deed = "viewed" | "bought" | "context";

export interface Engine {
  readonly matmul: Matmul;
  readonly random: Random;
}

/** What a source is asked with. */
export interface Asked {
  /** All actions, or on item pages and in carts the items there. */
  readonly history: History;
  /** What was bought before. */
  readonly bought: History;
}

/** A fitted source with its scratch memory; for one thread. */
export interface ReadySource {
  /** @shape out [vocabulary] */
  scoreInto(asked: Asked, out: Float32Array): void;
  /** What each place of `from` adds to the score of the token. */
  explain(asked: Asked, token: number): Parts;
}

export interface Parts {
  readonly from: keyof Asked;
  /** @shape [places of asked[from]] */
  readonly parts: Float64Array;
}

interface Typed<Model> {
  readonly name: SourceName;
  readonly variants: number;
  readonly unfit: Source["unfit"];
  readonly fit: (...of: Parameters<Source["fit"]>) => Promise<readonly Model[]>;
  readonly ready: (model: Model) => ReadySource;
  readonly reason: Source["reason"];
}

/** Forgets a source's own type of model, so that the sources are one list. */
const source = <Model>(typed: Typed<Model>): Source => ({
  ...typed,
  ready: (model) => typed.ready(model as Model),
});

const DAY_MS = 86_400_000;
const forever = Number.POSITIVE_INFINITY;
const lately = (places: number, power: number): Attention => ({
  places,
  power,
  halfLifeMs: forever,
});
const noEvents = ({ persons }: Learnable): string | undefined =>
  persons.tokens.length === 0 ? "there are no events yet" : undefined;
const chosen = <Settings>(settings: readonly Settings[], variants: readonly number[]): Settings[] =>
  variants.map((variant) => settings[variant] as Settings);

/** Fits each variant's settings anew. */
const eachOf =
  <Settings, Model>(
    settings: readonly Settings[],
    learnOne: (learn: Learnable, params: RecommendParams, setting: Settings) => Model,
  ): Typed<Model>["fit"] =>
  async (learn, params, variants) =>
    chosen(settings, variants).map((setting) => learnOne(learn, params, setting));

const popularity = source<PopularityModel>({
  name: "popularity",
  variants: 1,
  unfit: noEvents,
  fit: eachOf([1], (learn, params, times) =>
    fitPopularity(learn.persons, {
      halfLifeMs: params.popularityHalfLifeDays * DAY_MS * times,
      now: learn.asOf,
    }),
  ),
  ready: (model) => ({
    scoreInto: (_, out) => scorePopularityInto(model, out),
    explain: (asked) => ({ from: "history", parts: noParts(asked.history) }),
  }),
  reason: () => "popular",
});

const noParts = (history: History): Float64Array => new Float64Array(history.tokens.length);

const markovSettings: readonly MarkovParams[] = [
  defaultMarkov,
  { ...defaultMarkov, lookback: 5, gapPower: 0.7, smoothing: 2, attention: lately(5, 1.5) },
  plainMarkov,
];

const markov = source<MarkovModel>({
  name: "markov",
  variants: markovSettings.length,
  unfit: noEvents,
  fit: eachOf(markovSettings, (learn, params, setting) =>
    fitMarkov(learn.persons, { ...setting, keep: 5 * params.neighbours }),
  ),
  ready: (model) => ({
    scoreInto: ({ history }, out) => scoreMarkovInto(model, history, out),
    explain: ({ history }, token) => ({
      from: "history",
      parts: explainMarkov(model, history, token),
    }),
  }),
  reason: (did) => (did === "bought" ? "because_you_bought" : "others_also_viewed"),
});

const knnSettings: readonly ItemKnnParams[] = [
  defaultItemKnn,
  { ...defaultItemKnn, weighting: "tfidf", shrink: 0, asymmetry: 0.6 },
  { ...setItemKnn, weighting: "bm25", pairing: { ...setPairing, window: 100 } },
];

const itemKnn = source<ItemKnnModel>({
  name: "item_knn",
  variants: knnSettings.length,
  unfit: noEvents,
  fit: eachOf(knnSettings, (learn, params, setting) =>
    fitItemKnn(learn.persons, { ...setting, keep: params.neighbours }),
  ),
  ready: (model) => ({
    scoreInto: ({ history }, out) => scoreItemKnnInto(model, history, out),
    explain: ({ history }, token) => ({
      from: "history",
      parts: explainItemKnn(model, history, token),
    }),
  }),
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});

const sessionSettings: readonly SessionKnnParams[] = [
  shopperSessionKnn,
  defaultSessionKnn,
  { ...shopperSessionKnn, rowsPerToken: 1_000, gapPower: 1, backward: 0.3 },
];

const sessionKnn = source<SessionKnnModel>({
  name: "session_knn",
  variants: sessionSettings.length,
  unfit: noEvents,
  fit: eachOf(sessionSettings, (learn, _, setting) => fitSessionKnn(learn.sessions, setting)),
  ready: (model) => {
    const scratch = createSessionKnnScratch(model);
    return {
      scoreInto: ({ history }, out) => scoreSessionKnnInto(model, scratch, history, out),
      explain: ({ history }, token) => ({
        from: "history",
        parts: explainSessionKnn(model, scratch, history, token),
      }),
    };
  },
  reason: () => "others_also_viewed",
});

const easeAttention: readonly Attention[] = [defaultEase.attention, lately(forever, 0.5)];

const ease = source<EaseModel>({
  name: "ease",
  variants: easeAttention.length,
  unfit: (learn, params) =>
    learn.bags.rows > params.easeItemsMax
      ? `${learn.bags.rows} groups are more than easeItemsMax, ${params.easeItemsMax}`
      : noEvents(learn),
  async fit(learn, params, variants, { matmul }) {
    const regularisation = params.easeRegularisation;
    const settings = { ...defaultEase, regularisation, keep: params.neighbours };
    const model = await fitEase(plainWeights(learn), settings, matmul);
    return chosen(easeAttention, variants).map((attention) => ({ ...model, attention }));
  },
  ready: (model) => ({
    scoreInto: ({ history }, out) => scoreEaseInto(model, history, out),
    explain: ({ history }, token) => ({
      from: "history",
      parts: explainEase(model, history, token),
    }),
  }),
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});

/** EASE and ALS ask whether, not how strongly: on their squared loss a purchase would drown views. */
const plainWeights = ({ persons }: Learnable): Learnable["persons"] => ({
  ...persons,
  weights: new Float32Array(persons.weights.length).fill(1),
});

const alsAttention: readonly Attention[] = [defaultAls.attention, lately(forever, 0)];
/** Numbers in the factors of all rows and groups: 1 GB. */
const ALS_NUMBERS_MOST = 250_000_000;

const als = source<AlsModel>({
  name: "als",
  variants: alsAttention.length,
  unfit(learn, params) {
    const numbers = (learn.persons.rows + learn.persons.vocabulary) * params.alsFactors;
    if (numbers <= ALS_NUMBERS_MOST) return noEvents(learn);
    return `${numbers} factors are more than ${ALS_NUMBERS_MOST}; lower alsFactors`;
  },
  async fit(learn, params, variants, { matmul, random }) {
    const { alsFactors: factors, alsIterations: iterations } = params;
    const settings = { ...defaultAls, factors, iterations };
    const model = await fitAls(plainWeights(learn), settings, random.split("als"), matmul);
    return chosen(alsAttention, variants).map((attention) => ({
      ...model,
      params: { ...model.params, attention },
    }));
  },
  ready: (model) => {
    const scratch = createAlsScratch(model);
    return {
      scoreInto: ({ history }, out) => scoreAlsInto(model, scratch, history, out),
      explain: ({ history }, token) => ({
        from: "history",
        parts: explainAls(model, scratch, history, token),
      }),
    };
  },
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});

const boughtTogether = source<LiftModel>({
  name: "bought_together",
  variants: 2,
  unfit: noEvents,
  fit: eachOf([defaultLift, { ...defaultLift, shrink: 20 }], (learn, params, setting) =>
    fitLift(learn.baskets, { ...setting, keep: params.neighbours }),
  ),
  ready: (model) => ({
    scoreInto: ({ history }, out) => scoreLiftInto(model, history, out),
    explain: ({ history }, token) => ({
      from: "history",
      parts: explainLift(model, history, token),
    }),
  }),
  reason: () => "bought_together",
});

const content = source<ContentKnnModel>({
  name: "content",
  variants: 1,
  unfit: ({ bags }) => (bags.columns.length === 0 ? "the groups have no content" : undefined),
  fit: eachOf([defaultContentKnn], (learn, params, setting) =>
    fitContentKnn(learn.bags, { ...setting, keep: params.neighbours }),
  ),
  ready: (model) => ({
    scoreInto: ({ history }, out) => scoreContentKnnInto(model, history, out),
    explain: ({ history }, token) => ({
      from: "history",
      parts: explainContentKnn(model, history, token),
    }),
  }),
  reason: () => "similar_to",
});

const repeatSettings: readonly RepeatParams[] = [
  defaultRepeat,
  { ...defaultRepeat, power: 1 },
  { ...defaultRepeat, power: 0, propensityPower: 0 },
];

/** What was taken before; in a shop whose log has no purchases, what was touched before. */
interface PersonalModel {
  readonly from: keyof Asked;
  readonly repeat: RepeatModel;
}

const personal = source<PersonalModel>({
  name: "personal",
  variants: repeatSettings.length,
  unfit: noEvents,
  fit: eachOf(repeatSettings, (learn, _, setting): PersonalModel => {
    const from = learn.bought.tokens.length > 0 ? "bought" : "history";
    const taken = from === "bought" ? learn.bought : learn.persons;
    return { from, repeat: fitRepeat(taken, setting) };
  }),
  ready: ({ from, repeat }) => ({
    scoreInto: (asked, out) => scoreRepeatInto(repeat, asked[from], out),
    explain: (asked, token) => ({ from, parts: explainRepeat(repeat, asked[from], token) }),
  }),
  reason: (did) => (did === "bought" ? "buy_again" : "because_you_viewed"),
});

/** In the order of `sourceNames`. */
export const sources: readonly Source[] = [
  popularity,
  markov,
  itemKnn,
  sessionKnn,
  ease,
  als,
  boughtTogether,
  content,
  personal,
];
