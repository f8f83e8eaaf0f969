import { createContext, useContext } from "react";

/** The languages of the admin. Every page's words stand beside it, in both. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

/** Texts of a page: the Chinese must have every key of the English, or it does not compile. */
export type Words<Texts> = Readonly<Record<Language, Texts>>;

export const LanguageContext = createContext<Language>("en");

export const useLanguage = (): Language => useContext(LanguageContext);

/** The texts of this page in the reader's language. */
export const useWords = <Texts>(words: Words<Texts>): Texts => words[useLanguage()];

/** What the shop calls something in the reader's language, else in the other. */
export function inLanguage(
  text: { readonly en?: string | undefined; readonly zh?: string | undefined } | undefined,
  language: Language,
): string | undefined {
  return text?.[language] ?? text?.en ?? text?.zh;
}

const KEY = "shopkeeper-language";

/** The language chosen before, else the browser's. */
export function firstLanguage(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const rememberLanguage = (language: Language): void => localStorage.setItem(KEY, language);
