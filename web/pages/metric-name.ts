import { SOURCES } from "../ui/scene-words.ts";
import type { Language, Words } from "../ui/words.ts";

/** What a version is asked where it is judged. */
const QUESTIONS: Words<Readonly<Record<string, string>>> = {
  en: {
    next: "What comes next",
    session: "The rest of a visit",
    item: "Beside an item",
    basket: "What goes with it",
    repeat: "Bought again",
  },
  zh: {
    next: "接下来的行为",
    session: "本次访问的其余",
    item: "商品旁边",
    basket: "搭配购买",
    repeat: "再次购买",
  },
};

const CASES: Words<string> = { en: "questions", zh: "问题数" };

/** "next.blend.ndcg10" in words; a metric that is not known here keeps its name. */
export function metricName(metric: string, language: Language): string {
  const [, family = "", source, what] = /^(\w+)\.(?:(\w+)\.)?(ndcg10|cases)$/.exec(metric) ?? [];
  const question = QUESTIONS[language][family];
  if (question === undefined) return metric;
  if (what === "cases") return `${question}: ${CASES[language]}`;
  return `${question}: ${SOURCES[language][source ?? ""] ?? source}, NDCG@10`;
}
