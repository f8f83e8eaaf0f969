import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { kindOf, noteOf, stageOf, unitOf, withdrawalOf } from "../web/ui/job-words.ts";
import { noteSaid } from "../web/ui/note-words.ts";
import { readTree } from "./tidy/tree.ts";

/** What the server says of long works is known in Chinese, every word of it. */
const APART = /\.(test|bench)\.ts$|\/conformance|^src\/(cli|algorithms|tensor)\//;
const sources = [...readTree(join(fileURLToPath(import.meta.url), "../..")).files].filter(
  ([path]) => path.startsWith("src/") && path.endsWith(".ts") && !APART.test(path),
);
const telling = sources.filter(([, text]) => /\bprogress\b|engine\.report\(/.test(text));
const found = (files: typeof sources, pattern: RegExp): readonly string[] =>
  files.flatMap(([, text]) => [...text.matchAll(pattern)].map(([, word = ""]) => word));
const namesIn = (lists: readonly string[]): readonly string[] =>
  lists.flatMap((list) => [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name));

const stages = new Set([
  ...found(telling, /\bstage: "([^"]+)"/g),
  ...namesIn(found(sources, /stageOf\(control, \[([^\]]+)\]/g)),
  ...namesIn(found(sources, /const TRAINING = \[([^\]]+)\]/g)),
  ...found(telling, /\bstage: `([^`]*\$\{how\}[^`]*)`/g).flatMap((text) =>
    ["ids", "content"].map((how) => text.replace(/\$\{how\}/, how)),
  ),
]);
const units = new Set(found(telling, /\bunit: "([^"]+)"/g));
const kinds = new Set(
  found(
    sources.filter(([path]) => path === "src/serve/jobs.ts"),
    /\bkind: "([^"]+)"/g,
  ),
);

describe("the words of long works", () => {
  test("are looked for where they are said", () => {
    expect([...stages]).toEqual(expect.arrayContaining(["gather", "copying", "promote"]));
    expect([...units]).toEqual(expect.arrayContaining(["epochs", "rows"]));
    expect([...kinds]).toEqual(expect.arrayContaining(["train", "retention"]));
  });

  test.each([
    ["stages", stages, stageOf],
    ["units", units, unitOf],
    ["kinds", kinds, kindOf],
  ] as const)("every one of the %s has a Chinese one", (_what, said, inWords) => {
    expect([...said].filter((word) => inWords(word, "zh") === word)).toEqual([]);
  });

  test("of a stage in one of several folds name both", () => {
    expect(stageOf("fold 2 of 5: gather", "zh")).toBe("第 2/5 折：读取历史");
    expect(stageOf("fold 2 of 5: gather", "en")).toBe("fold 2 of 5: gather");
  });

  test("of what a training left out and chose keep names and numbers", () => {
    const said = "basket: 21 questions, too few to tune";
    expect(noteSaid(said, "zh")).toBe("basket：只有 21 个问题，不足以调整");
    expect(noteSaid(said, "en")).toBe(said);
    expect(noteSaid("als: 98.0 % of the best 50 are found in 5 % of the groups", "zh")).toBe(
      "als：只看 5% 的商品组，找到最好的 50 个中的 98.0%",
    );
    expect(noteSaid("churn: trees speaks (log loss: trees 0.4, usual 0.5)", "zh")).toBe(
      "churn：采用 trees（对数损失：trees 0.4, usual 0.5）",
    );
    // As they are written where they are said.
    const written = found(sources, /`\$\{[\w.]+\}: ([a-z][^`$]*)`/g);
    for (const part of ["the log is short", "too few to tune"]) {
      expect([...written, ...found(sources, /(questions, too few to tune)/g)].join()).toContain(
        part,
      );
    }
  });

  test("that nobody knows stay as they are", () => {
    expect(stageOf("orders-2024.csv", "zh")).toBe("orders-2024.csv");
    expect(withdrawalOf("a bad day", "zh")).toBe("a bad day");
  });

  test("of numbers and reasons keep the numbers", () => {
    expect(noteOf("loss 4.120, NDCG@10 0.0312", "zh")).toBe("损失 4.120，NDCG@10 0.0312");
    expect(noteOf("loss 4.120", "en")).toBe("loss 4.120");
    const why = 'not promoted: the blend of "next" reaches NDCG@10 0.1, a source alone 0.2';
    expect(withdrawalOf(why, "zh")).toBe(
      "未投入服务：“next” 的融合 NDCG@10 为 0.1，单一来源为 0.2",
    );
    expect(withdrawalOf(why, "en")).toBe(why);
  });
});
