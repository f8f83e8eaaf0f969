import { badFile, readJson, recordOf } from "./json.ts";
import { encodeUtf8 } from "./utf8.ts";

/**
 * What a reader must know of a model before trusting it, as JSON beside the weights. Idea: one table
 * for each record of the card says what stands under each name; the same table reads, and refuses
 * what is missing, of another kind or not known. Source: Mitchell et al. 2019, "Model cards for
 * model reporting". Left out: ethics and citations as fields of their own; they are intended use
 * and limits.
 */
export interface ModelCard {
  /** Of this file. */
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  /** @unit epoch ms UTC */
  readonly createdAt: number;
  readonly frameworkVersion: string;
  readonly parameters: CardParameters;
  readonly inputs: readonly CardValue[];
  readonly outputs: readonly CardValue[];
  readonly trainingData: CardData;
  /** How past and future were cut, what was ranked, which seeds. */
  readonly protocol: string;
  readonly metrics: readonly CardMetric[];
  readonly intendedUse: string;
  readonly limits: readonly string[];
  readonly files: readonly CardFile[];
}

export interface CardParameters {
  readonly count: number;
  readonly bytes: number;
}

/** @shape a name stands for a size that is free */
export interface CardValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  /** Such as "item number" or "probability 0..1". */
  readonly unit: string;
}

export interface CardData {
  readonly name: string;
  /** The same data, the same text. */
  readonly fingerprint: string;
  readonly rows: number;
}

/** A measured value within its interval. */
export interface CardMetric {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Share of intervals made so that hold the true value. @unit 0..1 */
  readonly level: number;
}

export interface CardFile {
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number;
}

type Read<T> = (value: unknown, where: string) => T;

/** The text of a card, names in the order of the interface: equal cards, equal bytes. */
export function encodeCard(card: ModelCard): Uint8Array {
  const ordered = readCard(card, "the card");
  return encodeUtf8(`${JSON.stringify(ordered, null, 2)}\n`);
}

/** The card of a file. O(bytes). @throws problem `invalid-model-file` */
export function decodeCard(bytes: Uint8Array): ModelCard {
  if (bytes.length > maxBytes) throw badFile("the card has more than 1 MiB");
  return readCard(readJson(bytes, "the card"), "the card");
}

const maxBytes = 2 ** 20;

const text: Read<string> = (value, where) => {
  if (typeof value !== "string" || value === "") throw badFile(`${where} is not a text`);
  return value;
};
const real: Read<number> = (value, where) => {
  if (!Number.isFinite(value)) throw badFile(`${where} is not a finite number`);
  return value as number;
};
const count: Read<number> = (value, where) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw badFile(`${where} is not a whole number of 0 and more`);
  }
  return value as number;
};
const size: Read<number | string> = (value, where) =>
  typeof value === "string" ? text(value, where) : count(value, where);
const first: Read<1> = (value, where) => {
  if (value !== 1) throw badFile(`${where} is not 1`);
  return 1;
};

const listOf =
  <T>(read: Read<T>): Read<readonly T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw badFile(`${where} is not a list`);
    return value.map((one, at) => read(one, `${where}/${at}`));
  };

/** Reads exactly the names of the table. */
const only =
  <T>(table: { readonly [Name in keyof T]: Read<T[Name]> }): Read<T> =>
  (value, where) => {
    const given = recordOf(value, where);
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(table, name));
    if (unknown !== undefined) throw badFile(`${where} does not know ${unknown}`);
    const entries = Object.entries<Read<unknown>>(table).map(([name, read]) => {
      if (!Object.hasOwn(given, name)) throw badFile(`${where} does not say ${name}`);
      return [name, read(given[name], `${where}/${name}`)];
    });
    return Object.fromEntries(entries) as T;
  };

const readValue = only<CardValue>({ name: text, shape: listOf(size), unit: text });
const readAnyMetric = only<CardMetric>({
  name: text,
  value: real,
  low: real,
  high: real,
  level: real,
});
const readMetric: Read<CardMetric> = (value, where) => {
  const metric = readAnyMetric(value, where);
  const { low, high, level } = metric;
  if (!(low <= metric.value && metric.value <= high)) {
    throw badFile(`${where} lies outside of its interval`);
  }
  if (level <= 0 || level >= 1) throw badFile(`${where}/level is not between 0 and 1`);
  return metric;
};

const readCard = only<ModelCard>({
  format: first,
  name: text,
  version: text,
  createdAt: count,
  frameworkVersion: text,
  parameters: only<CardParameters>({ count, bytes: count }),
  inputs: listOf(readValue),
  outputs: listOf(readValue),
  trainingData: only<CardData>({ name: text, fingerprint: text, rows: count }),
  protocol: text,
  metrics: listOf(readMetric),
  intendedUse: text,
  limits: listOf(text),
  files: listOf(only<CardFile>({ name: text, bytes: count, crc32: count })),
});
