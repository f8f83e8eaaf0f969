import type { Language } from "./words.ts";

/** What a training notes of what it left out and chose: short, English, with names and numbers in it. */
const NOTES: readonly (readonly [said: RegExp, zh: string])[] = [
  [/^(\w+): left out by the params$/, "$1：按参数略去"],
  [/^(\w+): (\d+) questions, too few to tune$/, "$1：只有 $2 个问题，不足以调整"],
  [
    /^(\w+): the log is short, outcomes learned from reach into the time that judges$/,
    "$1：日志太短，学习用的结果延伸到了评判所用的时间",
  ],
  [/^(\w+): left out, (\d+) moments to learn from$/, "$1：已略去，只有 $2 个时刻可学"],
  [/^(\w+): left out, too little was spent to learn from$/, "$1：已略去，消费太少，不足以学习"],
  [/^(\w+): left out, too few sessions to learn from$/, "$1：已略去，访问太少，不足以学习"],
  [
    /^(\w+): (\d+) moments, best of (\d+) epochs is (\d+), loss (\S+) learned and (\S+) held out$/,
    "$1：$2 个时刻，$3 轮中第 $4 轮最好，学过的损失 $5，留出的损失 $6",
  ],
  [/^(\w+): (\w+) speaks \(log loss: (.+)\)$/, "$1：采用 $2（对数损失：$3）"],
  [/^(\w+): (\w+) speaks \(error: (.+)\)$/, "$1：采用 $2（误差：$3）"],
  [
    /^(\w+): (\S+) % of the best (\d+) are found in (\S+) % of the groups$/,
    "$1：只看 $4% 的商品组，找到最好的 $3 个中的 $2%",
  ],
  [
    /^(\w+): all groups are looked at, as only (\S+) % of the best (\d+) are found in a quarter of them$/,
    "$1：查看全部商品组，因为四分之一中只能找到最好的 $3 个中的 $2%",
  ],
];

/** One that is not known here stays as it is. */
export function noteSaid(note: string, language: Language): string {
  const known = language === "zh" ? NOTES.find(([said]) => said.test(note)) : undefined;
  return known === undefined ? note : note.replace(...known);
}
