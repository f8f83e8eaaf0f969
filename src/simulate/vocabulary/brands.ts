import type { DepartmentId } from "./leaf.ts";

/** A made-up brand: its names, the departments it sells in, and where it stands on price. */
export interface Brand {
  readonly en: string;
  readonly zh: string;
  readonly departments: readonly DepartmentId[];
  /** Log of its price level against the market. */
  readonly level: number;
}

function brand(en: string, zh: string, level: number, ...departments: DepartmentId[]): Brand {
  return { en, zh, level, departments };
}

/** Sixty brands; none is meant to name a real one. */
export const brands: readonly Brand[] = [
  brand("Lindenhof", "林登霍夫", 0.3, "wear", "home"),
  brand("Yunshang", "云裳记", 0.1, "wear"),
  brand("Plain Harbour", "素港", -0.2, "wear"),
  brand("Cotton Post", "棉邮", -0.3, "wear", "home"),
  brand("Maison Quill", "羽笔之家", 0.6, "wear"),
  brand("Tidewear", "潮衣社", -0.1, "wear", "sport"),
  brand("Eastgate", "东门", 0, "wear"),
  brand("Orchid Lane", "兰巷", 0.4, "wear", "beauty"),
  brand("Fifth Thread", "五缕", -0.1, "wear"),
  brand("Northrow", "北行", 0.2, "wear", "sport"),
  brand("Dewlight", "露光", 0.3, "beauty"),
  brand("Baicao Hall", "百草堂语", 0, "beauty"),
  brand("Saffron & Salt", "红花与盐", 0.2, "beauty", "home"),
  brand("Petalworks", "花瓣工坊", -0.1, "beauty"),
  brand("Clear Ledger", "清谱", -0.3, "beauty"),
  brand("Mira Vale", "弥谷", 0.5, "beauty"),
  brand("Jade Morning", "玉晨", 0.1, "beauty", "food"),
  brand("Kindskin", "和肤", -0.2, "beauty", "family"),
  brand("Noor Atelier", "诺尔香研", 0.7, "beauty"),
  brand("Ampersand Lab", "安培实验室", 0.1, "tech"),
  brand("Xinghe", "星禾", -0.1, "tech"),
  brand("Aerion", "艾瑞昂", 0.5, "tech"),
  brand("Pebble & Pine", "石松", 0, "tech", "home"),
  brand("Countwise", "量见", -0.3, "tech"),
  brand("Sonorous", "鸣时", 0.3, "tech"),
  brand("Chi Mobile", "驰行", -0.2, "tech"),
  brand("Lumen North", "北光", 0.2, "tech", "home"),
  brand("Beatwell", "拍好", -0.1, "tech", "sport"),
  brand("Hearth & Reed", "炉与苇", 0.2, "home"),
  brand("Mossy Hill", "苔山", -0.1, "home"),
  brand("Kiln Street", "窑街", 0.1, "home"),
  brand("Suzhai", "素宅", 0, "home"),
  brand("Old Ferry", "老渡口", 0.3, "home", "food"),
  brand("Copperleaf", "铜叶", 0.4, "home"),
  brand("Nestwise", "栖智", -0.3, "home"),
  brand("Moonlit Quilt", "月被", 0.2, "home"),
  brand("Cloud Ridge", "云岭", 0.1, "food"),
  brand("Three Springs", "三泉", 0, "food"),
  brand("Tea Ledger", "茶谱", 0.4, "food"),
  brand("Bean Almanac", "豆历", 0.1, "food"),
  brand("Farmer Zhou", "周家农场", -0.2, "food"),
  brand("Amber Comb", "琥珀巢", 0.2, "food"),
  brand("Crisp & Co", "脆友", -0.3, "food"),
  brand("Wuyi Letters", "武夷书信", 0.5, "food"),
  brand("Morning Mill", "晨磨坊", -0.1, "food"),
  brand("Ridgeline", "脊线", 0.2, "sport"),
  brand("Fenglu", "风麓", 0, "sport"),
  brand("Evenpace", "匀速", 0.1, "sport"),
  brand("Tarn", "山湖", 0.4, "sport"),
  brand("Loopday", "环日", -0.2, "sport"),
  brand("Asana House", "静坐屋", 0.1, "sport"),
  brand("Wild Kettle", "野壶", -0.1, "sport", "home"),
  brand("Summit Ox", "峰牛", -0.3, "sport"),
  brand("Little Otter", "小水獭", 0.1, "family"),
  brand("Whisker Table", "须桌", 0.2, "family"),
  brand("Miaoyu", "喵屿", -0.1, "family"),
  brand("First Steps", "初步", 0, "family"),
  brand("Paper Boat", "纸船", 0.3, "family"),
  brand("Oatling", "燕麦宝", -0.2, "family"),
  brand("Bamboo Bear", "竹熊", -0.1, "family", "home"),
];
