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
    looks: "Looks",
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
    looks: "外观",
    blend: "综合（店铺实际展示）",
  },
};

/** What is predicted of a shopper. */
export const HEADS: Words<Readonly<Record<string, string>>> = {
  en: {
    purchase_session: "Buys in this visit",
    purchase_7d: "Buys within 7 days",
    purchase_30d: "Buys within 30 days",
    churn: "Stays away",
    view_7d: "Looks at an item within 7 days",
    review_30d: "Writes a review within 30 days",
    click_session: "Clicks in a list in this visit",
    return_1d: "Back within a day",
    return_7d: "Back within 7 days",
    return_30d: "Back within 30 days",
  },
  zh: {
    purchase_session: "本次访问购买",
    purchase_7d: "7 天内购买",
    purchase_30d: "30 天内购买",
    churn: "不再来",
    view_7d: "7 天内浏览商品",
    review_30d: "30 天内写评价",
    click_session: "本次访问点击列表中的商品",
    return_1d: "1 天内再来",
    return_7d: "7 天内再来",
    return_30d: "30 天内再来",
  },
};

/** Where a shopper stands with the shop. */
export const SEGMENTS: Words<Readonly<Record<string, string>>> = {
  en: {
    unknown: "Unknown",
    newcomer: "New in the last 14 days",
    looker: "Looks, never bought",
    first_buyer: "Bought once",
    regular: "Bought twice or more",
    slipping: "Silent for 45 days",
    gone: "Silent for 120 days",
  },
  zh: {
    unknown: "未知",
    newcomer: "14 天内新来",
    looker: "只看未买",
    first_buyer: "买过一次",
    regular: "买过两次以上",
    slipping: "沉默 45 天",
    gone: "沉默 120 天",
  },
};

export const EVENTS: Words<Readonly<Record<string, string>>> = {
  en: {
    page_view: "Saw a page",
    list_view: "Saw a list",
    list_click: "Clicked in a list",
    search: "Searched",
    item_view: "Looked at",
    wishlist_add: "Put on the wish list",
    wishlist_remove: "Took off the wish list",
    cart_add: "Put in the cart",
    cart_remove: "Took out of the cart",
    cart_view: "Saw the cart",
    checkout_start: "Began to check out",
    checkout_step: "Went on checking out",
    purchase: "Bought",
    refund: "Sent back",
    order_cancel: "Cancelled an order",
    order_update: "An order went on",
    promotion_view: "Saw an offer",
    promotion_click: "Clicked an offer",
    coupon: "Used a coupon",
    review: "Wrote a review",
    share: "Shared",
    identify: "Said who they are",
    merge: "Was recognised",
    consent: "Said what is allowed",
    exposure: "Was shown",
    prediction: "Was predicted",
    leave: "Leaves",
    earlier: "Everything before",
    others: "All other events",
  },
  zh: {
    page_view: "浏览页面",
    list_view: "看到列表",
    list_click: "点击列表",
    search: "搜索",
    item_view: "查看商品",
    wishlist_add: "加入收藏",
    wishlist_remove: "取消收藏",
    cart_add: "加入购物车",
    cart_remove: "移出购物车",
    cart_view: "查看购物车",
    checkout_start: "开始结账",
    checkout_step: "继续结账",
    purchase: "购买",
    refund: "退货",
    order_cancel: "取消订单",
    order_update: "订单更新",
    promotion_view: "看到促销",
    promotion_click: "点击促销",
    coupon: "使用优惠券",
    review: "写评价",
    share: "分享",
    identify: "表明身份",
    merge: "被认出",
    consent: "表明同意",
    exposure: "被展示",
    prediction: "被预测",
    leave: "离开",
    earlier: "此前的全部行为",
    others: "其余行为",
  },
};

/** What it is called in the reader's language; its own name where a page does not know it. */
export const named = (words: Readonly<Record<string, string>>, name: string): string =>
  words[name] ?? name;
