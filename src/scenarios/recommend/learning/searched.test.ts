import { afterAll, describe, expect, test } from "vitest";
import { emptyHistory, type History } from "../../../algorithms/sequences.ts";
import {
  type InvertedLists,
  openSearchedTable,
} from "../../../algorithms/vectors/inverted-lists.ts";
import { openMatmul } from "../../../tensor/matmul.ts";
import { createRandom } from "../../../tensor/random.ts";
import { LISTED_LEAST, searchable } from "./searched.ts";
import { sourceOf } from "./source.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const WIDTH = 32;
const KINDS = 100;

interface Table {
  readonly values: Float32Array;
  readonly lists?: InvertedLists;
}

/** Asks with the vector of the last thing touched. */
const source = sourceOf<Table>({
  name: "als",
  variants: 1,
  unfit: () => undefined,
  fit: async () => [],
  ready: ({ values, lists }) => {
    const rows = values.length / WIDTH;
    const table = openSearchedTable(values, {
      ...{ rows, width: WIDTH, precision: "float32", bytesMost: 2 ** 26, lists },
    });
    const stateOf = ({ tokens }: History): Float32Array => {
      const at = WIDTH * (tokens.at(-1) as number);
      return values.subarray(at, at + WIDTH);
    };
    return {
      scoreInto: ({ history }, out) => table.scoreInto(stateOf(history), out),
      answer: ({ history }) => ({
        bestInto: (top) => table.bestInto(stateOf(history), top),
        scoresOf: (tokens) => table.scoresOf(stateOf(history), tokens),
      }),
      explain: () => ({ from: "history", parts: new Float64Array(1) }),
    };
  },
  table: {
    of: ({ values }) => ({ values, width: WIDTH }),
    listed: ({ values }, lists) => ({ values, lists }),
  },
  reason: () => "popular",
});

const questions = Array.from({ length: 60 }, (_, at) => ({
  asked: {
    history: { ...emptyHistory(0), tokens: Int32Array.of(7 * at) },
    bought: emptyHistory(0),
  },
  targets: [1],
}));

function tableOf(rows: number, own: number): Table {
  const random = createRandom(4);
  const kinds = Float32Array.from({ length: KINDS * WIDTH }, () => (1 - own) * random.normal());
  const values = Float32Array.from({ length: rows * WIDTH }, (_, at) => {
    const kind = Math.floor(at / WIDTH) % KINDS;
    return (kinds[kind * WIDTH + (at % WIDTH)] as number) + own * random.normal();
  });
  return { values };
}

const tried = (table: Table) =>
  searchable(source, table, questions as never, {
    random: createRandom(1),
    matmul,
    provider: "cpu",
  });

describe("whether a source is searched by lists", () => {
  test("it is where groups of one kind lie together, and says what that finds", async () => {
    const { model, note } = await tried(tableOf(LISTED_LEAST, 0.1));
    const { lists } = model as Table;
    expect(lists?.share).toBeLessThan(0.25);
    expect(note).toMatch(
      /^als: (98|99|100)\.\d % of the best 50 are found in (2|5|10) % of the groups$/,
    );
  });

  test("it is not where they lie anywhere: too much would be missed", async () => {
    const table = tableOf(LISTED_LEAST, 1);
    const { model, note } = await tried(table);
    expect((model as Table).lists).toBeUndefined();
    expect(note).toContain("als: all groups are looked at, as only ");
  });

  test("a shelf of fewer groups is not asked about", async () => {
    const table = tableOf(LISTED_LEAST - 1, 0.1);
    expect(await tried(table)).toEqual({ model: table, note: undefined });
  });
});
