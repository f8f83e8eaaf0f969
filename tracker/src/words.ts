/** Headings of lists that the page gave none. */
export const headings: Readonly<Record<"en" | "zh", Readonly<Record<string, string>>>> = {
  en: {
    home: "For you",
    similar: "Similar items",
    bought_together: "Often bought together",
    cart: "Goes well with your cart",
    session: "Based on what you just viewed",
    popular: "Popular now",
    buy_again: "Buy again",
  },
  zh: {
    home: "为你推荐",
    similar: "相似商品",
    bought_together: "经常一起购买",
    cart: "搭配购物车",
    session: "根据你刚才的浏览",
    popular: "热门商品",
    buy_again: "再次购买",
  },
};
