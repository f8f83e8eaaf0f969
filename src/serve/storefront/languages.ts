import type { Locale } from "../../schema.ts";
import type { ShopWords } from "./words.ts";
import { english } from "./words-en.ts";
import { chinese } from "./words-zh.ts";

export const shopWords: Readonly<Record<Locale, ShopWords>> = { en: english, zh: chinese };
