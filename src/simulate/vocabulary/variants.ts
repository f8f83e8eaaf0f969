import type { Pair, SizeKind } from "./leaf.ts";

/** A colour a variant can have; `hex` paints its picture. */
export interface Colour {
  readonly id: string;
  readonly name: Pair;
  readonly hex: string;
}

export const colours: readonly Colour[] = [
  { id: "black", name: ["Black", "黑色"], hex: "#33343a" },
  { id: "white", name: ["White", "白色"], hex: "#f4f1ea" },
  { id: "navy", name: ["Navy", "藏青"], hex: "#2f4a73" },
  { id: "sage", name: ["Sage", "鼠尾草绿"], hex: "#8aa17f" },
  { id: "sand", name: ["Sand", "沙色"], hex: "#d3b88c" },
  { id: "rose", name: ["Rose", "玫瑰粉"], hex: "#d98a98" },
  { id: "sky", name: ["Sky", "天蓝"], hex: "#7fb2d6" },
  { id: "plum", name: ["Plum", "梅紫"], hex: "#7d4f7a" },
  { id: "red", name: ["Red", "正红"], hex: "#c23b3b" },
  { id: "coral", name: ["Coral", "珊瑚"], hex: "#ee7f62" },
  { id: "lime", name: ["Lime", "青柠"], hex: "#a8c545" },
];

/** A size a variant can have; its price is `factor` times that of the smallest. */
export interface Size {
  readonly name: Pair;
  readonly factor: number;
}

function size(en: string, zh: string, factor: number): Size {
  return { name: [en, zh], factor };
}

export const sizes: Readonly<Record<SizeKind, readonly Size[]>> = {
  wear: ["XS", "S", "M", "L", "XL"].map((name) => size(name, name, 1)),
  shoe: ["36", "37", "38", "39", "40", "41", "42", "43"].map((n) => size(`EU ${n}`, `${n}码`, 1)),
  storage: [
    size("128 GB", "128GB", 1),
    size("256 GB", "256GB", 1.14),
    size("512 GB", "512GB", 1.36),
  ],
  vial: [size("30 ml", "30毫升", 1), size("50 ml", "50毫升", 1.5), size("100 ml", "100毫升", 2.6)],
  bottle: [size("350 ml", "350毫升", 1), size("500 ml", "500毫升", 1.25), size("1 l", "1升", 2.1)],
  pack: [size("100 g", "100克", 1), size("250 g", "250克", 2.2), size("500 g", "500克", 4)],
  sack: [size("1.5 kg", "1.5公斤", 1), size("5 kg", "5公斤", 2.9)],
  bed: [
    size("150 cm", "1.5米床", 1),
    size("180 cm", "1.8米床", 1.15),
    size("200 cm", "2米床", 1.25),
  ],
  litre: [size("20 l", "20升", 1), size("30 l", "30升", 1.2), size("45 l", "45升", 1.5)],
  persons: [
    size("2 persons", "双人", 1),
    size("3 persons", "三人", 1.25),
    size("4 persons", "四人", 1.5),
  ],
  one: [size("One size", "均码", 1)],
};
