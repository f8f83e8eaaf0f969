import { moment, money, whole } from "../../../../web/ui/format.ts";
import { type Language, useLanguage, useWords } from "../../../../web/ui/words.ts";
import type { Condition } from "../schema.ts";
import { type Comparison, groupOf, isComparison, kindOfField } from "./conditions.ts";
import { CONDITION_WORDS } from "./rules.words.ts";

interface Speaker {
  readonly words: (typeof CONDITION_WORDS)["en"];
  readonly language: Language;
  readonly currency: string | undefined;
}

/** A condition in one sentence. */
export function useSentence(currency: string | undefined): (condition: Condition) => string {
  const words = useWords(CONDITION_WORDS);
  const language = useLanguage();
  return (condition) => say(condition, { words, language, currency });
}

function say(condition: Condition, speaker: Speaker): string {
  const { words } = speaker;
  if (isComparison(condition)) return sayTest(condition, speaker);
  const { kind, parts } = groupOf(condition);
  if (parts.length === 0) return words.everything;
  const said = parts.map((part) => {
    const inner = say(part, speaker);
    return isComparison(part) || groupOf(part).parts.length < 2 ? inner : `(${inner})`;
  });
  const joined = said.join(kind === "all" ? words.and : words.or);
  return kind === "none" ? words.not(joined) : joined;
}

function sayTest(comparison: Comparison, speaker: Speaker): string {
  const { words } = speaker;
  const { field, is, value } = comparison;
  const name = words.fields[field] ?? field.replace(/^attributes\./, "");
  const test = `${name} ${words.tests[is]}`;
  if (is === "exists") return value === false ? words.not(test) : test;
  return `${test} ${sayValue(comparison, speaker)}`;
}

function sayValue({ field, value }: Comparison, { language, currency }: Speaker): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "number") return String(value ?? "");
  const kind = kindOfField(field);
  if (kind === "money") return money(value, currency, language);
  return kind === "time" ? moment(value, language) : whole(value, language);
}
