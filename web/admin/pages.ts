import { type AsyncRouteComponent, lazyRouteComponent } from "@tanstack/react-router";
import type { Words } from "../ui/words.ts";

/** A page of the admin: where it is, what it is called in the bar, and its code, fetched on use. */
export interface PageEntry {
  /** Below `/admin/<shop>`. */
  readonly path: string;
  /** Absent for a page that is reached through another. */
  readonly name?: Words<string>;
  readonly group?: keyof typeof groups;
  readonly Content: AsyncRouteComponent<object>;
}

export const groups: Readonly<Record<"shop" | "scenes" | "quality" | "house", Words<string>>> = {
  shop: { en: "The shop", zh: "店铺" },
  scenes: { en: "Scenes", zh: "场景" },
  quality: { en: "Quality", zh: "质量" },
  house: { en: "The house", zh: "系统" },
};

export const pages: readonly PageEntry[] = [
  {
    path: "/overview",
    name: { en: "Overview", zh: "总览" },
    group: "shop",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/overview/overview.tsx")).Overview,
    })),
  },
  {
    path: "/pipeline",
    name: { en: "Pipeline", zh: "流水线" },
    group: "shop",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/pipeline/pipeline.tsx")).Pipeline,
    })),
  },
  {
    path: "/items",
    name: { en: "Items", zh: "商品" },
    group: "shop",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/catalogue/catalogue.tsx")).Catalogue,
    })),
  },
  {
    path: "/items/$item",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/catalogue/item.tsx")).ItemPage,
    })),
  },
  {
    path: "/shoppers",
    name: { en: "Shoppers", zh: "顾客" },
    group: "shop",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/shoppers/shoppers.tsx")).Shoppers,
    })),
  },
  {
    path: "/shoppers/$shopper",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/shoppers/shopper.tsx")).ShopperPage,
    })),
  },
  {
    path: "/recommend",
    name: { en: "Recommend", zh: "推荐" },
    group: "scenes",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../../src/scenarios/recommend/page.tsx")).RecommendPage,
    })),
  },
  {
    path: "/predict",
    name: { en: "Predict", zh: "预测" },
    group: "scenes",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../../src/scenarios/predict/page.tsx")).PredictPage,
    })),
  },
  {
    path: "/evaluate",
    name: { en: "Evaluate", zh: "评估" },
    group: "quality",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/evaluate.tsx")).Evaluate,
    })),
  },
  {
    path: "/models",
    name: { en: "Models", zh: "模型" },
    group: "quality",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/models.tsx")).Models,
    })),
  },
  {
    path: "/settings",
    name: { en: "Settings", zh: "设置" },
    group: "house",
    Content: lazyRouteComponent(async () => ({
      default: (await import("../pages/settings/settings.tsx")).Settings,
    })),
  },
];
