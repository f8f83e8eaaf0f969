import type { Locale } from "../../../schema.ts";

/**
 * What a gate or a stage says of an item, and an answer of itself, in the languages of a request. Places
 * are counted from 1 here, as people do.
 */
export type Said = Readonly<Record<Locale, string>>;

export const said = {
  noPrice: { en: "it has no price", zh: "没有价格" },
  excluded: { en: "the request leaves it out", zh: "请求中已排除" },
  beside: { en: "the list stands beside it", zh: "列表就在它旁边" },
  notBought: { en: "the shopper has not bought it", zh: "顾客没有买过" },
  bought: { en: "the shopper has bought it", zh: "顾客已经买过" },
  seen: { en: "the shopper has seen it", zh: "顾客已经看过" },
  otherThanAsked: { en: "it is not what the request asks for", zh: "不符合请求的条件" },
  notListed: { en: "it is not in the catalogue", zh: "商品目录中没有" },
  hidden: { en: "the shop has hidden it", zh: "店铺已将其隐藏" },
  soldOut: { en: "it is sold out", zh: "已售罄" },
  passes: { en: "passes", zh: "通过" },
  pinned: { en: "not asked, as it is pinned", zh: "已置顶，不再检查" },
  newer: {
    en: "newer than the model: scored by what it says of itself",
    zh: "比模型更新：按商品自身的描述打分",
  },
  unspoken: { en: "no source speaks for it", zh: "没有任何来源支持它" },
  filtered: (rule: string): Said => ({
    en: `rule ${rule} lets only other items pass`,
    zh: `规则 ${rule} 只让其他商品通过`,
  }),
  offered: (item: string): Said => ({ en: `offered as ${item}`, zh: `以 ${item} 出售` }),
  times: (factor: number): Said => ({ en: `score times ${factor}`, zh: `得分乘以 ${factor}` }),
  put: (position: number): Said => ({
    en: `put at place ${position + 1}`,
    zh: `放在第 ${position + 1} 位`,
  }),
  shown: (place: number, isTried: boolean): Said => ({
    en: `shown at place ${place + 1}${isTried ? ", drawn to be tried" : ""}`,
    zh: `展示在第 ${place + 1} 位${isTried ? "，抽中试展" : ""}`,
  }),
  below: (better: number): Said => ({
    en: `not shown: ${better} candidates stand above it`,
    zh: `未展示：有 ${better} 件候选商品排在它前面`,
  }),
  displaced: (hasCaps: boolean): Said => ({
    en: `not shown: its place went to others by ${hasCaps ? "caps, " : ""}diversity, pins or a trial`,
    zh: `未展示：它的位置因${hasCaps ? "上限、" : ""}多样性、置顶或试展让给了其他商品`,
  }),
} as const;

export const noticed = {
  empty: {
    en: "nothing may be shown: see explain for an item's gates",
    zh: "没有可以展示的商品：可查看单件商品被哪一步拦下",
  },
  untrained: {
    en: "no model has been trained yet: the list comes from the catalogue alone",
    zh: "还没有训练过模型：列表只来自商品目录",
  },
  nothingToGoBy: {
    en: "nothing is known to go by: what is popular fills the list",
    zh: "没有可依据的信息：以热门商品填满列表",
  },
  impersonal: { en: "not personalised, as asked", zh: "按要求不做个性化" },
  nobody: { en: "no shopper is named", zh: "没有指定顾客" },
  stranger: {
    en: "the shopper is not known yet, or did not allow to be",
    zh: "这位顾客还不为店铺所知，或未同意被记录",
  },
  unknownItem: (item: string): Said => ({
    en: `item ${item} is not in the catalogue: it says nothing`,
    zh: `商品 ${item} 不在目录中：它提供不了信息`,
  }),
  newItem: (item: string): Said => ({
    en: `item ${item} is newer than the model: it is known by its content only`,
    zh: `商品 ${item} 比模型更新：只能依据其描述`,
  }),
} as const;
