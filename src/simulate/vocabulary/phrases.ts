import type { Pair } from "./leaf.ts";

/** Names of product lines; with a brand, a material and a noun they make a title. */
export const lines: readonly Pair[] = [
  ["Harbour", "港湾"],
  ["Willow", "垂柳"],
  ["Aurora", "极光"],
  ["Juniper", "杜松"],
  ["Atlas", "寰宇"],
  ["Quiet", "静语"],
  ["Terrace", "露台"],
  ["Magnolia", "玉兰"],
  ["Drift", "漂流"],
  ["Lantern", "灯笼"],
  ["Meadow", "草甸"],
  ["Granite", "花岗"],
  ["Swift", "雨燕"],
  ["Ember", "余烬"],
  ["Coast", "海岸"],
  ["Almanac", "历书"],
  ["Pavilion", "亭台"],
  ["Heron", "苍鹭"],
  ["Sunday", "周日"],
  ["Polar", "极地"],
  ["Maple", "枫叶"],
  ["Signal", "信号"],
  ["Silk Road", "丝路"],
  ["Hazel", "榛果"],
  ["Monsoon", "季风"],
  ["Prairie", "原野"],
  ["Tangram", "七巧"],
  ["Comet", "彗星"],
  ["Cinder", "炭语"],
  ["Bluebell", "蓝铃"],
];

/** Words that open a description. */
export const adjectives: readonly Pair[] = [
  ["well-made", "做工扎实的"],
  ["understated", "低调耐看的"],
  ["light", "轻巧的"],
  ["generous", "用料十足的"],
  ["modern", "富有现代感的"],
  ["classic", "经典款"],
  ["playful", "俏皮的"],
  ["dependable", "值得信赖的"],
];

/** What shoppers write, from one star to five. */
export const reviewTexts: readonly (readonly Pair[])[] = [
  [
    ["Not what I expected at all. I sent it back.", "和预期完全不符，已经退货。"],
    ["Broke within days. Very disappointed.", "没几天就坏了，很失望。"],
  ],
  [
    ["The pictures promise more than it gives.", "图片比实物好看太多。"],
    ["It works, but not well enough for the price.", "能用，但对不起这个价格。"],
  ],
  [
    ["It is fine. Nothing special.", "还行吧，中规中矩。"],
    ["Good quality, but not quite my style.", "质量不错，只是不太合我的风格。"],
  ],
  [
    ["Happy with it, delivery was quick too.", "挺满意的，物流也快。"],
    ["Solid choice. One star less for the packaging.", "值得买，包装扣一星。"],
  ],
  [
    ["Exactly what I was looking for!", "正是我想要的！"],
    ["Second one I have bought. Love it.", "第二次回购了，太喜欢了。"],
    ["Everyone asks me where I got it.", "大家都问我在哪儿买的。"],
  ],
];

/** Names of promotions. */
export const promotionNames: readonly Pair[] = [
  ["Weekend Picks", "周末精选"],
  ["Season Opening", "换季上新"],
  ["Brand Days", "品牌日"],
  ["Last Call", "清仓特惠"],
  ["Member Week", "会员周"],
];
