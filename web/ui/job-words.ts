import type { Language, Words } from "./words.ts";

/**
 * What the server says of long works, in the reader's language. The server's own words are short
 * and English; one that is not known here stays as it is, such as the name of a file.
 */
const KINDS: Readonly<Record<string, Words<string>>> = {
  train: { en: "Training: recommendation", zh: "训练：推荐" },
  "train-predict": { en: "Training: prediction", zh: "训练：预测" },
  "record-predictions": { en: "Predictions into the log", zh: "预测写入日志" },
  evaluate: { en: "Evaluation", zh: "评估" },
  import: { en: "Import", zh: "导入" },
  rebuild: { en: "Rebuild", zh: "重建" },
  backup: { en: "Backup", zh: "备份" },
  retention: { en: "Retention", zh: "数据保留" },
  "export-model": { en: "Export of a model", zh: "导出模型" },
  "import-model": { en: "Return of a model", zh: "导回模型" },
  "search-params": { en: "Search for parameters", zh: "搜索参数" },
  "compress-model": { en: "Compression of a model", zh: "压缩模型" },
};

const STAGES: Readonly<Record<string, Words<string>>> = {
  waiting: { en: "waiting for its turn", zh: "排队中" },
  gather: { en: "reading the past", zh: "读取历史" },
  fit: { en: "learning", zh: "学习中" },
  "fit and measure": { en: "learning and measuring", zh: "学习并测量" },
  recording: { en: "writing predictions", zh: "写入预测" },
  register: { en: "storing the version", zh: "登记版本" },
  promote: { en: "putting it in service", zh: "投入服务" },
  read: { en: "reading files", zh: "读取文件" },
  write: { en: "writing files", zh: "写入文件" },
  copying: { en: "copying", zh: "复制中" },
  "replaying the log": { en: "replaying the log", zh: "重放日志" },
  "letting go of old events": { en: "letting go of old events", zh: "清除过期事件" },
  "behaviour by ids, until held-out actions are answered best": {
    en: "behaviour by ids, until held-out actions are answered best",
    zh: "行为模型（按编号），直到对留出行为的回答最好",
  },
  "behaviour by content, until held-out actions are answered best": {
    en: "behaviour by content, until held-out actions are answered best",
    zh: "行为模型（按内容），直到对留出行为的回答最好",
  },
  "behaviour, from everything": {
    en: "behaviour, from everything",
    zh: "行为模型，用全部数据",
  },
  "behaviour, from everything since": {
    en: "behaviour, from everything since",
    zh: "行为模型，用此后的全部数据",
  },
  search: { en: "looking for parameters", zh: "搜索参数中" },
  "trying parameters": { en: "trying parameters", zh: "试用参数" },
  try: { en: "trying what it costs", zh: "试算代价" },
  "behaviour, an understudy without the held-out actions": {
    en: "behaviour, an understudy without the held-out actions",
    zh: "行为模型，不含留出行为的替身",
  },
  "behaviour, a student of half the blocks": {
    en: "behaviour, a student of half the blocks",
    zh: "行为模型，一半层数的学生",
  },
};

const UNITS: Readonly<Record<string, Words<string>>> = {
  steps: { en: "steps", zh: "步" },
  stages: { en: "stages", zh: "阶段" },
  epochs: { en: "epochs", zh: "轮" },
  shoppers: { en: "shoppers", zh: "位顾客" },
  trials: { en: "trials", zh: "次试验" },
  events: { en: "events", zh: "个事件" },
  rows: { en: "rows", zh: "行" },
  percent: { en: "percent", zh: "%" },
  "places of the log": { en: "places of the log", zh: "个日志位置" },
};

const saidAs =
  (words: Readonly<Record<string, Words<string>>>) =>
  (said: string, language: Language): string =>
    words[said]?.[language] ?? said;

export const kindOf: (kind: string, language: Language) => string = saidAs(KINDS);
const plainStageOf = saidAs(STAGES);

/** A stage may be of one of several folds: "fold 2 of 5: learning". */
export function stageOf(stage: string, language: Language): string {
  const [, fold, count, rest] = /^fold (\d+) of (\d+): (.+)$/.exec(stage) ?? [];
  if (rest === undefined || language === "en") return plainStageOf(stage, language);
  return `第 ${fold}/${count} 折：${plainStageOf(rest, language)}`;
}

export const unitOf: (unit: string, language: Language) => string = saidAs(UNITS);

/** "loss 4.120, NDCG@10 0.0312": names of numbers, each with its number. */
export const noteOf = (note: string, language: Language): string =>
  language === "zh" ? note.replaceAll(/\bloss (?=\d)/g, "损失 ").replaceAll(", ", "，") : note;

const WITHDRAWALS: readonly (readonly [said: RegExp, zh: string])[] = [
  [/^its file is damaged$/, "文件已损坏"],
  [/^not promoted: not a number: (.+)$/, "未投入服务：$1 不是数字"],
  [
    /^not promoted: the blend of "(.+)" reaches NDCG@10 (\S+), a source alone (\S+)$/,
    "未投入服务：“$1” 的融合 NDCG@10 为 $2，单一来源为 $3",
  ],
  [
    /^not promoted: it reaches NDCG@10 (\S+) of (\d+) questions what comes next, and "(.+)", which serves, (\S+)$/,
    "未投入服务：在 $2 个新问题上 NDCG@10 为 $1，而服务中的“$3”为 $4",
  ],
];

/** Why a version may not be used: what the server says itself; else a user's own words. */
export function withdrawalOf(why: string, language: Language): string {
  const known = language === "zh" ? WITHDRAWALS.find(([said]) => said.test(why)) : undefined;
  return known === undefined ? why : why.replace(...known);
}
