/** Texts of the experiment. */
export const EXPERIMENT_WORDS = {
  en: {
    title: "Experiment",
    about:
      "A version on trial beside the one in service: each shopper keeps one of the two, and counts for the " +
      "one that showed them a list first, with all that they did from then on.",
    trial: "Trial",
    running: (id: string) => `${id} (running)`,
    since: (at: string) => `Since ${at}`,
    span: (from: string, to: string) => `${from} to ${to}`,
    none: "No experiment yet",
    noneNote:
      "An experiment tells what no measurement of the past can: whether shoppers click and buy more. Choose a " +
      "version that was trained and the share of shoppers to try it on. While it runs, what is trained " +
      "waits, so that both sides stay as they are.",
    noVersion:
      "It takes two versions: one in service, and another to try beside it. Train one first.",
    noOther: "There is no other version to try: train one first.",
    toModels: "Train and see the versions",
    begin: "Begin an experiment",
    beginTitle: "Try it on these shoppers?",
    beginNote: (version: string, share: string) =>
      `${version} answers ${share} of the shoppers from the next request on; the others see no change.`,
    another: "Begin another one",
    anotherNote: "It takes the place of the one that runs.",
    version: "Version to try",
    share: "Share of the shoppers",
    shareNote: "Half and half decides soonest; a small share risks least.",
    end: "End it",
    endTitle: "End the experiment?",
    endNote: "All shoppers are answered by the version in service. What was counted stays.",
    promote: "Put it in service",
    promoteTitle: "Put the version on trial in service?",
    promoteNote: (version: string) =>
      `${version} answers everybody from the next request on, and the experiment ends.`,
    inService: "in service",
    onTrial: "on trial",
    arm: "Version",
    shareOf: "Share drawn",
    shoppers: "Shoppers",
    lists: "Lists shown",
    clicked: "Lists clicked",
    buyers: "Shoppers who bought",
    orders: "Orders",
    through: "Orders through lists",
    throughNote: (days: number) =>
      `Counted from a shopper's first list on. Through lists: with an item clicked there at most ` +
      `${days} days before.`,
    revenue: (currency: string) => `Revenue (${currency})`,
    revenueThrough: (currency: string) => `through lists (${currency})`,
    measures: { click_rate: "Click rate", purchase_rate: "Purchase rate" },
    measureNotes: {
      click_rate: "lists clicked, of those shown",
      purchase_rate: "shoppers who bought, of all",
    },
    revenueMeasure: (currency: string) => `Revenue per shopper, ${currency}`,
    revenueNote: "all orders after the first list",
    measure: "Measure",
    difference: "Difference",
    interval: "95 % interval",
    low: "Low",
    high: "High",
    verdict: "What it says",
    verdicts: {
      better: "Better: more than chance, however often you look.",
      worse: "Worse: more than chance, however often you look.",
    },
    alike: (effect: string) => `No difference of ${effect} or more.`,
    open: (shoppers: string, lists: string, effect: string) =>
      `Not decided yet: about ${shoppers} more shoppers (${lists} more lists) are needed to tell a ` +
      `difference of ${effect}.`,
    leans: { better: "Looks better so far.", worse: "Looks worse so far." },
    openEarly: "Not decided yet: nothing to go by so far.",
    openOver: "Not decided when it ended.",
    effect: "Difference worth telling",
    effectNote: "Of what the version in service has",
    chart: "Difference to the version in service, with its 95 % interval",
    balance: "Shoppers fell on the versions as drawn",
    unbalanced: "Believe no number here",
    unbalancedNote: (found: string, drawn: string, p: string) =>
      `${found} of the shoppers fell on the version on trial in place of ${drawn}; chance does not go so far ` +
      `(p = ${p}). Something answers past the draw, such as a cache of lists, or loses events.`,
    mixed: (shoppers: string) =>
      `${shoppers} saw lists of both: two of their ids turned out to be one shopper's. They count where ` +
      "they came first.",
    unknown: (lists: string) => `${lists} lists were for nobody known, and are in no count.`,
    notes: "How this is counted",
    method:
      "The interval is of one look. Verdicts are given by a wider one that holds for every look at once " +
      "(asymptotic confidence sequence), so that looking every day fools nobody. The click rate knows that " +
      "lists of one shopper are alike (delta method).",
    asOf: (at: string) => `Counted until ${at}`,
  },
  zh: {
    title: "实验",
    about:
      "一个版本与服务中的版本并列试用：每位顾客始终看到其中一个，并计入最先向其展示列表的版本，此后的全部行为都算在内。",
    trial: "试验",
    running: (id: string) => `${id}（进行中）`,
    since: (at: string) => `自 ${at} 起`,
    span: (from: string, to: string) => `${from} 至 ${to}`,
    none: "还没有实验",
    noneNote:
      "实验能回答历史数据回答不了的问题：顾客是否点击更多、购买更多。选择一个训练好的版本和试用的顾客比例。" +
      "实验进行时，新训练的版本会等待，使两边保持不变。",
    noVersion: "需要两个版本：一个在服务，另一个与它并列试用。请先训练一个。",
    noOther: "没有其他版本可试：请先训练一个。",
    toModels: "训练并查看版本",
    begin: "开始实验",
    beginTitle: "在这些顾客上试用？",
    beginNote: (version: string, share: string) =>
      `从下一个请求起，由 ${version} 回答 ${share} 的顾客；其他顾客不受影响。`,
    another: "开始另一个实验",
    anotherNote: "它会取代正在进行的实验。",
    version: "要试用的版本",
    share: "顾客比例",
    shareNote: "各一半最快得出结论；比例小则风险最小。",
    end: "结束",
    endTitle: "结束实验？",
    endNote: "所有顾客都由服务中的版本回答。已统计的数据会保留。",
    promote: "上线",
    promoteTitle: "让试用的版本服务？",
    promoteNote: (version: string) => `从下一个请求起由 ${version} 回答所有顾客，实验随之结束。`,
    inService: "服务中",
    onTrial: "试用中",
    arm: "版本",
    shareOf: "分配比例",
    shoppers: "顾客",
    lists: "展示的列表",
    clicked: "被点击的列表",
    buyers: "购买的顾客",
    orders: "订单",
    through: "经由列表的订单",
    throughNote: (days: number) =>
      `从顾客看到第一个列表开始统计。经由列表：其中有商品在此前 ${days} 天内于列表中被点击。`,
    revenue: (currency: string) => `收入（${currency}）`,
    revenueThrough: (currency: string) => `其中经由列表（${currency}）`,
    measures: { click_rate: "点击率", purchase_rate: "购买率" },
    measureNotes: {
      click_rate: "被点击的列表占展示的比例",
      purchase_rate: "购买的顾客占全部的比例",
    },
    revenueMeasure: (currency: string) => `每位顾客的收入（${currency}）`,
    revenueNote: "第一个列表之后的全部订单",
    measure: "指标",
    difference: "差异",
    interval: "95 % 区间",
    low: "下限",
    high: "上限",
    verdict: "结论",
    verdicts: {
      better: "更好：超出偶然，看多少次都成立。",
      worse: "更差：超出偶然，看多少次都成立。",
    },
    alike: (effect: string) => `没有达到 ${effect} 的差异。`,
    open: (shoppers: string, lists: string, effect: string) =>
      `尚无定论：要分辨 ${effect} 的差异，大约还需要 ${shoppers} 位顾客（${lists} 个列表）。`,
    leans: { better: "目前看来更好。", worse: "目前看来更差。" },
    openEarly: "尚无定论：目前还没有依据。",
    openOver: "结束时仍无定论。",
    effect: "值得分辨的差异",
    effectNote: "相对于服务中的版本",
    chart: "与服务中版本的差异及其 95 % 区间",
    balance: "顾客按分配比例落在两个版本上",
    unbalanced: "这里的数字都不可信",
    unbalancedNote: (found: string, drawn: string, p: string) =>
      `落在试用版本上的顾客为 ${found}，而不是 ${drawn}；偶然达不到这样的偏差（p = ${p}）。` +
      "可能有环节绕过了分配（例如缓存了列表），或丢失了事件。",
    mixed: (shoppers: string) =>
      `${shoppers} 位顾客看到了两个版本的列表：他们的两个编号后来合并为同一人，计入最先看到的版本。`,
    unknown: (lists: string) => `${lists} 个列表的观看者未知，不计入任何统计。`,
    notes: "统计方法",
    method:
      "区间对应单次查看。结论由更宽的、对每次查看同时成立的区间（渐近置信序列）给出，因此天天查看也不会误判。" +
      "点击率考虑了同一顾客的列表彼此相似（delta 方法）。",
    asOf: (at: string) => `统计截至 ${at}`,
  },
};
