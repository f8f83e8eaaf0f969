import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "../../tensor/matmul.ts";
import { createRandom } from "../../tensor/random.ts";
import { createTopK } from "../top-k.ts";
import { fitInvertedLists, openSearchedTable, type SearchedTable } from "./inverted-lists.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const KINDS = 40;
const WIDTH = 16;
const ROWS = 2_000;

/** Rows around a direction for each kind, as items of one kind lie together. */
function gathered(): { readonly values: Float32Array; readonly directions: Float32Array } {
  const random = createRandom(2);
  const directions = Float32Array.from({ length: KINDS * WIDTH }, () => 3 * random.normal());
  const values = Float32Array.from(
    { length: ROWS * WIDTH },
    (_, at) =>
      directions[((Math.floor(at / WIDTH) % KINDS) * WIDTH + (at % WIDTH)) | 0] + random.normal(),
  );
  return { values, directions };
}

const open = (values: Float32Array, share?: number, lists?: Awaited<ReturnType<typeof fitted>>) =>
  openSearchedTable(values, {
    ...{ rows: values.length / WIDTH, width: WIDTH, precision: "float32", bytesMost: 2 ** 26 },
    lists: lists === undefined ? undefined : { ...lists, share: share ?? 1 },
  });

const fitted = (values: Float32Array, seed = 1) =>
  fitInvertedLists(values, WIDTH, createRandom(seed), matmul);

function bestOf(table: SearchedTable, state: Float32Array, k = 20): number[] {
  const top = createTopK(k);
  return [...top.indexes.subarray(0, table.bestInto(state, top))];
}

describe("a table in lists", () => {
  const { values, directions } = gathered();
  const stateOf = (kind: number) => directions.subarray(kind * WIDTH, (kind + 1) * WIDTH);

  test("says of every row what the table says, in whatever order they are kept", async () => {
    const [plain, listed] = [open(values), open(values, 0.05, await fitted(values))];
    const [one, other] = [new Float32Array(ROWS), new Float32Array(ROWS)];
    plain.scoreInto(stateOf(3), one);
    listed.scoreInto(stateOf(3), other);
    expect([...other]).toEqual([...one]);
    const asked = Int32Array.of(1_999, 0, 7, 8, 1_000);
    const wanted = [...asked].map((row) => one[row]);
    expect([...plain.scoresOf(stateOf(3), asked)]).toEqual(wanted);
    expect([...listed.scoresOf(stateOf(3), asked)]).toEqual(wanted);
  });

  test("finds all when it looks at all, and nearly all in a twentieth of what lies in kinds", async () => {
    const lists = await fitted(values);
    const [plain, whole, part] = [open(values), open(values, 1, lists), open(values, 0.05, lists)];
    let found = 0;
    for (let kind = 0; kind < KINDS; kind++) {
      const wanted = bestOf(plain, stateOf(kind));
      expect(bestOf(whole, stateOf(kind))).toEqual(wanted);
      const had = new Set(bestOf(part, stateOf(kind)));
      found += wanted.filter((row) => had.has(row)).length;
    }
    expect(found / (20 * KINDS)).toBeGreaterThan(0.95);
  });

  test("looks at no more than it was told: what lies nowhere is missed", async () => {
    const random = createRandom(9);
    const noise = Float32Array.from({ length: ROWS * WIDTH }, () => random.normal());
    const lists = await fitted(noise);
    const [plain, part] = [open(noise), open(noise, 0.02, lists)];
    const wanted = bestOf(plain, stateOf(0), 100);
    const had = new Set(bestOf(part, stateOf(0), 100));
    expect(wanted.filter((row) => had.has(row)).length).toBeLessThan(90);
    // 40 of 2,000 rows, and what is left of the last list.
    expect(had.size).toBeLessThanOrEqual(100);
    expect(bestOf(part, stateOf(0), ROWS).length).toBeLessThan(200);
  });

  test("equal rows are one list, and of equal products the lower row comes first", async () => {
    const equal = new Float32Array(50 * WIDTH).fill(1);
    const table = open(equal, 0.1, await fitted(equal));
    const found = bestOf(table, new Float32Array(WIDTH).fill(1), 5);
    expect(found).toEqual([0, 1, 2, 3, 4]);
  });

  test("goes on beyond the usual number of lists where they are short", () => {
    // All but one list have one row: as many as usually make a quarter of the rows have a twentieth.
    const lists = 100;
    const listOf = Int32Array.from({ length: ROWS }, (_, row) => Math.min(row, lists - 1));
    const centres = Float32Array.from({ length: lists * WIDTH }, (_, at) =>
      at < (lists - 1) * WIDTH ? 1 : -1,
    );
    const even = Float32Array.from(values, (_, at) => (at < (lists - 1) * WIDTH ? 1 : 2));
    const state = new Float32Array(WIDTH).fill(1);
    const table = open(even, 0.25, { width: WIDTH, centres, listOf });
    expect(bestOf(table, state)).toEqual(bestOf(open(even), state));
  });

  test("is the same by the same seed", async () => {
    expect(await fitted(values)).toEqual(await fitted(values));
    expect(await fitted(values, 2)).not.toEqual(await fitted(values));
  });

  test("is refused lists of another table", async () => {
    const lists = await fitted(values.subarray(0, 10 * WIDTH));
    expect(() => open(values, 1, lists)).toThrow("the lists are of this table");
  });
});
