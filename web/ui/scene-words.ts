import type { Words } from "./words.ts";

/** What the scenes call their lists, methods and segments, for pages of any scene. */
export const SURFACES: Words<Readonly<Record<string, string>>> = {
  en: {
    home: "Home page",
    similar: "Similar items",
    bought_together: "Bought together",
    cart: "Cart",
    session: "This visit",
    popular: "Popular",
    buy_again: "Buy again",
  },
  zh: {
    home: "首页",
    similar: "相似商品",
    bought_together: "一起购买",
    cart: "购物车",
    session: "本次访问",
    popular: "热门",
    buy_again: "再次购买",
  },
};

/** Each method in a few words that say what it goes by. */
export const SOURCES: Words<Readonly<Record<string, string>>> = {
  en: {
    popularity: "Popularity",
    markov: "What came next",
    item_knn: "Liked by the same shoppers",
    session_knn: "Similar visits",
    ease: "Patterns of whole histories",
    als: "Shared tastes",
    bought_together: "Bought together",
    content: "Likeness of the items",
    personal: "The shopper's own habits",
    behaviour: "Behaviour model",
    blend: "All together (what the shop shows)",
  },
  zh: {
    popularity: "热门程度",
    markov: "接下来常看",
    item_knn: "同一批顾客喜欢",
    session_knn: "相似的访问",
    ease: "整段历史的规律",
    als: "相近的口味",
    bought_together: "一起购买",
    content: "商品相似度",
    personal: "顾客自己的习惯",
    behaviour: "行为模型",
    blend: "综合（店铺实际展示）",
  },
};

/** What it is called in the reader's language; its own name where a page does not know it. */
export const named = (words: Readonly<Record<string, string>>, name: string): string =>
  words[name] ?? name;
