import {
  type AlsModel,
  alsScoresOf,
  bestOfAlsInto,
  createAlsScratch,
  defaultAls,
  explainAls,
  fitAls,
  scoreAlsInto,
} from "../../../algorithms/als.ts";
import {
  type ContentKnnModel,
  defaultContentKnn,
  fitContentKnn,
} from "../../../algorithms/content-knn.ts";
import type { Csr } from "../../../algorithms/csr.ts";
import { defaultEase, type EaseModel, fitEase } from "../../../algorithms/ease.ts";
import {
  defaultItemKnn,
  fitItemKnn,
  type ItemKnnModel,
  type ItemKnnParams,
  setItemKnn,
  setPairing,
} from "../../../algorithms/item-knn.ts";
import { defaultLift, fitLift, type LiftModel } from "../../../algorithms/lift.ts";
import {
  addSuccessorsInto,
  defaultMarkov,
  explainMarkov,
  fitMarkov,
  type MarkovModel,
  type MarkovParams,
  plainMarkov,
} from "../../../algorithms/markov.ts";
import {
  type Attention,
  addNeighboursInto,
  evenAttention,
  explainNeighbours,
  neighbourRows,
} from "../../../algorithms/neighbours.ts";
import {
  fitPopularity,
  mostPopular,
  type PopularityModel,
} from "../../../algorithms/popularity.ts";
import {
  addRepeatInto,
  defaultRepeat,
  explainRepeat,
  fitRepeat,
  type RepeatModel,
  type RepeatParams,
} from "../../../algorithms/repeat.ts";
import type { History } from "../../../algorithms/sequences.ts";
import {
  addSessionKnnInto,
  createSessionKnnScratch,
  defaultSessionKnn,
  explainSessionKnn,
  fitSessionKnn,
  likeRows,
  type SessionKnnModel,
  type SessionKnnParams,
  shopperSessionKnn,
} from "../../../algorithms/session-knn.ts";
import { defaultTelling, tellingWeights } from "../../../algorithms/telling.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import type { RecommendParams, SourceName } from "../schema.ts";
import { behaviour } from "./behaviour-source.ts";
import type { Speaker } from "./blending.ts";
import type { Learnable } from "./frame.ts";
import { reaching, speaking } from "./hearing.ts";
import {
  type Asked,
  noEvents,
  type ReadySource,
  type Source,
  sourceOf,
  type Typed,
} from "./source.ts";

const DAY_MS = 86_400_000;
const forever = Number.POSITIVE_INFINITY;
const lately = (places: number, power: number): Attention => ({
  places,
  power,
  halfLifeMs: forever,
});
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

/** As many as are ever looked at of a source. */
const POPULAR_MOST = 1_000;

const popularity = sourceOf<PopularityModel>({
  name: "popularity",
  variants: 1,
  unfit: noEvents,
  fit: eachOf([1], (learn, params, times) =>
    fitPopularity(learn.persons, {
      halfLifeMs: params.popularityHalfLifeDays * DAY_MS * times,
      now: learn.asOf,
    }),
  ),
  ready: (model) => {
    const { scores } = model;
    const reach = [mostPopular(model, POPULAR_MOST)];
    return reaching({
      vocabulary: scores.length,
      rest: scores,
      addInto: () => 1,
      reach: () => reach,
      explain: (asked) => ({ from: "history", parts: noParts(asked.history) }),
    });
  },
  reason: () => "popular",
});

/** A source whose items are each spoken for by a row of neighbours. */
const neighbourly = (neighbours: Csr, attention: Attention): ReadySource =>
  reaching({
    vocabulary: neighbours.offsets.length - 1,
    addInto({ history }, out) {
      addNeighboursInto(neighbours, attention, history, out);
      return 0;
    },
    reach: ({ history }) => neighbourRows(neighbours, attention, history),
    explain: ({ history }, token) => ({
      from: "history",
      parts: explainNeighbours(neighbours, attention, history, token),
    }),
  });

const noParts = (history: History): Float64Array => new Float64Array(history.tokens.length);

const markovSettings: readonly MarkovParams[] = [
  defaultMarkov,
  { ...defaultMarkov, lookback: 5, gapPower: 0.7, smoothing: 2, attention: lately(5, 1.5) },
  plainMarkov,
];

const markov = sourceOf<MarkovModel>({
  name: "markov",
  variants: markovSettings.length,
  unfit: noEvents,
  fit: eachOf(markovSettings, (learn, params, setting) =>
    fitMarkov(learn.persons, { ...setting, keep: 5 * params.neighbours }),
  ),
  ready: (model) =>
    reaching({
      vocabulary: model.popularity.length,
      rest: model.popularity,
      addInto: ({ history }, out) => addSuccessorsInto(model, history, out),
      reach: ({ history }) => neighbourRows(model.successors, model.attention, history),
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

const itemKnn = sourceOf<ItemKnnModel>({
  name: "item_knn",
  variants: knnSettings.length,
  unfit: noEvents,
  fit: eachOf(knnSettings, (learn, params, setting) =>
    fitItemKnn(learn.persons, { ...setting, keep: params.neighbours }),
  ),
  ready: (model) => neighbourly(model.neighbours, model.attention),
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});

const sessionSettings: readonly SessionKnnParams[] = [
  shopperSessionKnn,
  defaultSessionKnn,
  { ...shopperSessionKnn, rowsPerToken: 1_000, gapPower: 1, backward: 0.3 },
];

const sessionKnn = sourceOf<SessionKnnModel>({
  name: "session_knn",
  variants: sessionSettings.length,
  unfit: noEvents,
  fit: eachOf(sessionSettings, (learn, _, setting) => fitSessionKnn(learn.sessions, setting)),
  ready: (model) => {
    const scratch = createSessionKnnScratch(model);
    return reaching({
      vocabulary: model.vocabulary,
      addInto({ history }, out) {
        addSessionKnnInto(model, scratch, history, out);
        return 0;
      },
      reach: ({ history }) => likeRows(model, scratch, history),
      explain: ({ history }, token) => ({
        from: "history",
        parts: explainSessionKnn(model, scratch, history, token),
      }),
    });
  },
  reason: () => "others_also_viewed",
});

const easeAttention: readonly Attention[] = [defaultEase.attention, lately(forever, 0.5)];

const ease = sourceOf<EaseModel>({
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
  ready: (model) => neighbourly(model.weights, model.attention),
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

const als = sourceOf<AlsModel>({
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
      answer: ({ history }) => ({
        bestInto: (top) => speaking(top, bestOfAlsInto(model, scratch, history, top)),
        scoresOf: (tokens) => alsScoresOf(model, scratch, history, tokens),
      }),
      explain: ({ history }, token) => ({
        from: "history",
        parts: explainAls(model, scratch, history, token),
      }),
    };
  },
  table: {
    of: ({ tokens, params }) => ({ values: tokens, width: params.factors }),
    listed: (model, lists) => ({ ...model, lists }),
  },
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});

const boughtTogether = sourceOf<LiftModel>({
  name: "bought_together",
  variants: 2,
  unfit: noEvents,
  fit: eachOf([defaultLift, { ...defaultLift, shrink: 20 }], (learn, params, setting) =>
    fitLift(learn.baskets, { ...setting, keep: params.neighbours }),
  ),
  ready: (model) => neighbourly(model.companions, evenAttention),
  reason: () => "bought_together",
});

const content = sourceOf<ContentKnnModel>({
  name: "content",
  variants: 2,
  unfit: ({ bags }) => (bags.columns.length === 0 ? "the groups have no content" : undefined),
  fit: eachOf([false, true], ({ bags, persons }, { neighbours: keep }, learned) => {
    const telling = learned ? tellingWeights(bags, persons, defaultTelling) : undefined;
    return fitContentKnn(bags, { ...defaultContentKnn, keep }, telling);
  }),
  ready: (model) => neighbourly(model.neighbours, model.attention),
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

const personal = sourceOf<PersonalModel>({
  name: "personal",
  variants: repeatSettings.length,
  unfit: noEvents,
  fit: eachOf(repeatSettings, (learn, _, setting): PersonalModel => {
    const from = learn.bought.tokens.length > 0 ? "bought" : "history";
    const taken = from === "bought" ? learn.bought : learn.persons;
    return { from, repeat: fitRepeat(taken, setting) };
  }),
  ready: ({ from, repeat }) =>
    reaching({
      vocabulary: repeat.propensity.length,
      addInto(asked, out) {
        addRepeatInto(repeat, asked[from], out);
        return 0;
      },
      reach: (asked) => [asked[from].tokens],
      explain: (asked, token) => ({ from, parts: explainRepeat(repeat, asked[from], token) }),
    }),
  reason: (did) => (did === "bought" ? "buy_again" : "because_you_viewed"),
});

/** The sources, one row each, in the order of `sourceNames`. */
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
  behaviour,
];

/** The fitted sources of a model, ready to be asked. */
export const readyVoices = (
  fitted: readonly { readonly name: SourceName; readonly model: unknown }[],
  provider: Provider,
): readonly Speaker[] =>
  fitted.flatMap(({ name, model }) => {
    const source = sources.find((one) => one.name === name);
    return source === undefined ? [] : [{ name, source: source.ready(model, provider) }];
  });
