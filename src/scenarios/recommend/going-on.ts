import type { Clock } from "../../clock.ts";
import { type FieldError, problem } from "../../errors.ts";
import type { NetworkShape } from "../../model/behaviour/network.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { Records } from "../../storage/records.ts";
import type { RecommendModel } from "./fit.ts";
import { type BehaviourModel, tellsOf } from "./learning/behaviour-source.ts";
import type { Before } from "./learning/onward.ts";
import { type RecommendParams, recommendParamsSchema } from "./schema.ts";
import { SCENARIO, type TrainingParts } from "./training.ts";

/**
 * When a training may go on from the version in service, and what with. It may not after a shopper was
 * erased: the weights would carry on what that shopper taught them.
 */
export interface Erasures {
  /** A shopper of the shop was erased now. */
  note(shop: string): Promise<void>;
  /** @unit epoch ms */
  last(shop: string): Promise<number | undefined>;
}

const KIND = "training-erasure";

/** Of a shop the moment of the last erasure, and nothing of who it was. */
export const openErasures = (records: Records, clock: Clock): Erasures => ({
  async note(shop) {
    await records.write(shop, [{ put: { at: clock() }, kind: KIND, id: SCENARIO }]);
  },
  async last(shop) {
    return (await records.get<{ readonly at: number }>(shop, KIND, SCENARIO))?.value.at;
  },
});

export interface OnwardParts extends TrainingParts {
  readonly erasures: Erasures;
}

/** What a training that goes on is asked to do. */
export interface OnwardOrder {
  /** Those of the version in service where absent; a network of another shape is refused. */
  readonly params: RecommendParams | undefined;
  readonly replayShare: number;
}

export interface OnwardBegin {
  readonly before: Before;
  readonly params: RecommendParams;
}

/** @throws problem `no-model`, `needs-full-training` */
export async function onwardFromService(
  parts: OnwardParts,
  shop: string,
  order: OnwardOrder,
): Promise<OnwardBegin> {
  const version = await parts.models.inService(shop, SCENARIO);
  if (version === undefined) {
    throw problem("no-model", `shop "${shop}" has no version in service to go on from`);
  }
  return await onwardFrom(parts, version, order);
}

/** @throws problem `needs-full-training` */
export async function onwardFrom(
  { models, erasures }: OnwardParts,
  version: ModelVersion,
  { params: asked, replayShare }: OnwardOrder,
): Promise<OnwardBegin> {
  const { shop, version: named, createdAt } = version;
  const erasedAt = await erasures.last(shop);
  if (erasedAt !== undefined && erasedAt >= createdAt) {
    const why = "and would carry on what that shopper taught it";
    throw needsFull(`a shopper was erased since "${named}" was trained, ${why}`);
  }
  const model = (await models.load(shop, named)) as RecommendModel;
  const behaviour = model.sources.find(({ name }) => name === "behaviour")?.model as
    | BehaviourModel
    | undefined;
  if (behaviour === undefined) {
    const why = model.notes.find((note) => note.startsWith("behaviour")) ?? "it was left out";
    throw needsFull(`"${named}" has no behaviour model to go on from (${why})`);
  }
  if (version.compression !== undefined) {
    const { of } = version.compression;
    throw needsFull(`"${named}" was made smaller of "${of}": promote that one, or train in full`);
  }
  const params = asked ?? (recommendParamsSchema.parse(version.params) as RecommendParams);
  const differing = asked === undefined ? [] : otherShape(asked, behaviour.shape);
  if (differing.length > 0) {
    const names = differing.map(({ pointer }) => pointer.split("/").at(-1)).join(", ");
    throw needsFull(`another ${names} than that of "${named}" is another network`, differing);
  }
  return { before: { version: named, model, replayShare }, params };
}

const needsFull = (detail: string, errors: readonly FieldError[] = []): Error =>
  problem("needs-full-training", detail, { errors });

/** Parameters that weights are of one shape by. */
const SHAPE = ["architecture", "width", "blocks", "heads", "length", "tells"] as const;

/** What is not asked for is as it is. */
const otherShape = (
  { behaviour }: RecommendParams,
  { architecture = "transformer", context, ...shape }: NetworkShape,
): readonly FieldError[] => {
  const own = { architecture, ...shape, tells: tellsOf(context) };
  const asked = { ...behaviour, tells: [...new Set(behaviour.tells)].sort() };
  const differs = (name: (typeof SHAPE)[number]): boolean =>
    asked[name] !== undefined && String(asked[name]) !== String(own[name]);
  return SHAPE.filter(differs).map((name) => ({
    pointer: `/params/behaviour/${name}`,
    detail: `it is ${String(own[name]) || "nothing"} in the version that serves; train in full to change it`,
  }));
};
