import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Collect } from "../../collect/collect.ts";
import { linesOf, takeLines } from "./ndjson.ts";

async function read(chunks: readonly Buffer[], most: number): Promise<(string | undefined)[]> {
  const lines: (string | undefined)[] = [];
  for await (const line of linesOf(Readable.from(chunks), most)) lines.push(line.text);
  return lines;
}

describe("lines of bytes", () => {
  test("are the same however the bytes are cut", async () => {
    const text = 'a\n\n茶壶\r\n{"b":1}\n  \nlast';
    const bytes = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
        const at = [0, ...cuts.sort((left, right) => left - right), bytes.length];
        const chunks = at.slice(1).map((to, index) => bytes.subarray(at[index], to));
        expect(await read(chunks, 100)).toEqual(["a", "茶壶", '{"b":1}', "last"]);
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  test("longer than allowed are skipped, and the next one is whole", async () => {
    const chunks = ["ok\nxxxx", "xxxxxxxx", "xx\nafter\n", "yyyyyyyyyy"].map((text) =>
      Buffer.from(text),
    );
    expect(await read(chunks, 6)).toEqual(["ok", undefined, "after", undefined]);
  });

  test("are numbered from 1, blank ones counted", async () => {
    const numbers: number[] = [];
    for await (const line of linesOf(Readable.from([Buffer.from("a\n\nb\n")]), 10)) {
      numbers.push(line.number);
    }
    expect(numbers).toEqual([1, 3]);
  });
});

describe("a stream of events", () => {
  /** Takes everything, slowly, and notes how much of the source was read by then. */
  function slowCollect(read: () => number): { collect: Collect; sizes: number[]; ahead: number[] } {
    const sizes: number[] = [];
    const ahead: number[] = [];
    const collect = {
      events: async (_shop: string, inputs: readonly unknown[]) => {
        sizes.push(inputs.length);
        await new Promise((resolve) => setImmediate(resolve));
        ahead.push(read());
        return { accepted: inputs.length, duplicates: 0, withheld: 0, rejected: [] };
      },
    } as unknown as Collect;
    return { collect, sizes, ahead };
  }

  test("is read no further than the batch in hand and the stream's own buffer", async () => {
    let given = 0;
    const LINES = 10_000;
    async function* lines(): AsyncGenerator<Buffer> {
      for (; given < LINES; given++) yield Buffer.from('{"name":"page_view"}\n');
    }
    const { collect, sizes, ahead } = slowCollect(() => given);
    const source = Readable.from(lines(), { highWaterMark: 16 });
    const limits = { lineBytes: 1_000, batch: 100 };
    const taken = await takeLines(collect, "tea", { source, limits, items: false });
    expect(taken).toMatchObject({ lines: LINES, events: LINES, rejected: 0 });
    expect(Math.max(...sizes)).toBe(100);
    const furthest = ahead.map((read, batch) => read - 100 * (batch + 1));
    expect(Math.max(...furthest)).toBeLessThan(50);
  });

  test("names at most a thousand of its bad lines and counts them all", async () => {
    const { collect } = slowCollect(() => 0);
    const source = Readable.from([Buffer.from("broken\n".repeat(1_500))]);
    const limits = { lineBytes: 100, batch: 10 };
    const taken = await takeLines(collect, "tea", { source, limits, items: false });
    expect(taken.rejected).toBe(1_500);
    expect(taken.rejections).toHaveLength(1_000);
    expect(taken.rejections.at(-1)?.line).toBe(1_000);
  });
});
