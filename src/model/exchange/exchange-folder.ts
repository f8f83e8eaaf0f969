import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isProblem, problem } from "../../errors.ts";
import type { Tables } from "../../storage/tables.ts";
import { badFile, readJson, recordOf } from "../../tensor/interchange/json.ts";
import { type ModelToSave, packModel } from "../../tensor/interchange/saved-model.ts";
import { encodeUtf8 } from "../../tensor/interchange/utf8.ts";
import type { TrainingSettings } from "../behaviour/fit-behaviour.ts";
import type { NetworkShape } from "../behaviour/network.ts";
import type { Lesson } from "./lesson.ts";
import { trainedWeights, type Wanted } from "./trained-weights.ts";

/**
 * A behaviour model and what it learns from as a folder, so that it can be trained elsewhere:
 *
 *   card.json, model.onnx, weights.safetensors   the version as it serves
 *   training.json                                how it is to be trained, and what it is a part of
 *   groups.parquet                               token, group
 *   learn.parquet, all.parquet                   row, token, time, weight; rows in order of time
 *   questions.parquet                            question, token; the last token of each is the answer
 *
 * and, when it comes back, trained.safetensors (from learn.parquet, to be judged) and, where there is
 * one, trained-on-all.safetensors (to serve). bench/peers/torch reads the one and writes the other.
 */
export interface TrainingPlan {
  readonly format: 1;
  readonly shop: string;
  /** The version that leaves, and beside which what comes back is judged. */
  readonly version: string;
  readonly asOf: number;
  readonly seed: number;
  /** Of the lesson; weights that come back carry it. */
  readonly fingerprint: string;
  readonly shape: NetworkShape;
  readonly settings: TrainingSettings;
}

export interface Leaving {
  readonly plan: TrainingPlan;
  readonly model: ModelToSave;
  readonly lesson: Lesson;
}

export interface LeavingReport {
  readonly folder: string;
  readonly version: string;
  readonly actions: number;
  readonly questions: number;
  readonly bytes: number;
}

const PLAN = "training.json";
const ON_LEARN = "trained.safetensors";
const ON_ALL = "trained-on-all.safetensors";
const PLAN_BYTES_MOST = 2 ** 20;
/** Beside the values of a weight file. */
const HEADER_BYTES_MOST = 2 ** 20;

/**
 * The folder is there whole or not at all. O(bytes).
 * @throws problem `invalid-request` when the folder is not empty
 */
export async function writeLeaving(
  folder: string,
  { plan, model, lesson }: Leaving,
  tables: Tables,
): Promise<LeavingReport> {
  await mustBeEmpty(folder);
  const draft = await draftBeside(folder);
  try {
    for (const [name, bytes] of Object.entries(packModel(model))) {
      await writeFile(join(draft, name), bytes);
    }
    const columns = columnsOf(lesson);
    for (const [name, table] of Object.entries(columns)) {
      await tables.write(join(draft, `${name}.parquet`), "parquet", table);
    }
    await writeFile(join(draft, PLAN), encodeUtf8(`${JSON.stringify(plan, null, 2)}\n`));
    const bytes = await sizeOf(draft);
    await rename(draft, folder);
    const { length: actions } = lesson.all.tokens;
    const { length: questions } = lesson.questions;
    return { folder, version: plan.version, actions, questions, bytes };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function mustBeEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw refusedFolder(`${folder} is not a folder that can be read`, error);
  });
  if (names.length > 0) throw refusedFolder(`${folder} is not empty: name a new one`);
}

async function draftBeside(folder: string): Promise<string> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    return await mkdtemp(`${folder}.part-`);
  } catch (error) {
    throw refusedFolder(`${folder} cannot be made: name one that can be written`, error);
  }
}

const refusedFolder = (detail: string, cause?: unknown): Error =>
  problem("invalid-request", detail, { cause, errors: [{ pointer: "/folder", detail }] });

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

type TableColumns = Readonly<Record<string, ArrayLike<unknown>>>;

function columnsOf({
  groups,
  learn,
  all,
  questions,
}: Lesson): Readonly<Record<string, TableColumns>> {
  const asked = questions.map(({ history, target }) => Int32Array.of(...history, target));
  return {
    groups: { token: Int32Array.from(groups, (_, token) => token), group: groups },
    learn: rowsOf(learn),
    all: rowsOf(all),
    questions: {
      question: labelsOf(asked.map(({ length }) => length)),
      token: Int32Array.from(asked.flatMap((tokens) => [...tokens])),
    },
  };
}

function rowsOf({ rows, offsets, tokens, times, weights }: Lesson["all"]): TableColumns {
  const counts = Array.from(
    { length: rows },
    (_, row) => (offsets[row + 1] as number) - (offsets[row] as number),
  );
  return { row: labelsOf(counts), token: tokens, time: times, weight: weights };
}

/** 0 as often as the first count says, then 1, and so on. */
function labelsOf(counts: readonly number[]): Int32Array {
  const labels = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  counts.forEach((count, label) => {
    labels.fill(label, at, at + count);
    at += count;
  });
  return labels;
}

/** Which version a folder left as. */
export type Origin = Pick<TrainingPlan, "shop" | "version" | "fingerprint">;

/** @throws problem `missing-data`, `invalid-model-file` */
export async function readOrigin(folder: string): Promise<Origin> {
  const bytes = await fileOf(folder, PLAN, PLAN_BYTES_MOST);
  if (bytes === undefined) {
    throw problem("missing-data", `${folder} has no ${PLAN}: it is what models export wrote`);
  }
  const plan = recordOf(readJson(bytes, PLAN), PLAN);
  const text = (name: string): string => {
    const value = plan[name];
    if (typeof value !== "string" || value === "") throw badFile(`${PLAN} names no ${name}`);
    return value;
  };
  return { shop: text("shop"), version: text("version"), fingerprint: text("fingerprint") };
}

/** Weights that came back. @shape each as the network in service declares it */
export interface Returned {
  /** Never saw what is held out. */
  readonly judged: ReadonlyMap<string, Float32Array>;
  /** To serve; the same where nothing else came. */
  readonly whole: ReadonlyMap<string, Float32Array>;
}

/** O(bytes). @throws problem `missing-data`, `invalid-model-file`, `stale-model` */
export async function readReturned(folder: string, wanted: Wanted): Promise<Returned> {
  const numbers = [...wanted.shapes.values()].reduce((sum, shape) => sum + product(shape), 0);
  const most = 4 * numbers + HEADER_BYTES_MOST;
  const learned = await fileOf(folder, ON_LEARN, most);
  if (learned === undefined) {
    throw problem("missing-data", `${folder} has no ${ON_LEARN}: train there first`);
  }
  const judged = trainedWeights(ON_LEARN, learned, wanted);
  const all = await fileOf(folder, ON_ALL, most);
  return { judged, whole: all === undefined ? judged : trainedWeights(ON_ALL, all, wanted) };
}

const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

async function fileOf(
  folder: string,
  name: string,
  bytesMost: number,
): Promise<Uint8Array | undefined> {
  const path = join(folder, name);
  try {
    const { size } = await stat(path);
    if (size > bytesMost) throw badFile(`${name} has ${size} bytes, more than ${bytesMost}`);
    return await readFile(path);
  } catch (error) {
    if (isProblem(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw problem("missing-data", `${path} cannot be read`, { cause: error });
  }
}
