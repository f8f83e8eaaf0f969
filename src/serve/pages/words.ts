/** The words of the welcome page, in both languages of the house. */
export interface WelcomeWords {
  readonly title: string;
  readonly claim: string;
  readonly other: string;
  readonly events: string;
  readonly items: string;
  readonly model: string;
  readonly freshness: string;
  readonly noModel: string;
  readonly noEvents: string;
  readonly flow: readonly string[];
  readonly shoppers: string;
  readonly shoppersNote: string;
  readonly lately: string;
  readonly shown: string;
  readonly noShop: string;
  readonly noShopNote: string;
  readonly learning: string;
  readonly tryIt: string;
  readonly tryNote: string;
  readonly ask: string;
  readonly send: string;
  readonly explain: string;
  readonly reference: string;
  readonly problems: string;
}

export const welcomeWords: Readonly<Record<"en" | "zh", WelcomeWords>> = {
  en: {
    title: "Welcome",
    claim: "One event log, one behaviour model, every scene of the shop.",
    other: "中文",
    events: "events in the log",
    items: "items on the shelf",
    model: "model in service",
    freshness: "newest event",
    noModel: "none yet",
    noEvents: "none yet",
    flow: ["collect", "features", "model", "scenarios", "serve", "evaluate"],
    shoppers: "What three shoppers would see",
    shoppersNote: "Asked of the live shop just now. Nothing on this page is recorded as shown.",
    lately: "Lately looked at",
    shown: "Would be shown",
    noShop: "No shop is open yet",
    noShopNote: "Send the first items and events, or run npm start for the demo shop.",
    learning: "The shop is open and its first model is still to be trained.",
    tryIt: "Ask it yourself",
    tryNote: "Put your publishable key in KEY. A click on a command selects all of it.",
    ask: "Ask for a list",
    send: "Tell it what happened; the next answer knows",
    explain: "Why this item? (with a secret key)",
    reference: "API reference",
    problems: "Problems explained",
  },
  zh: {
    title: "欢迎",
    claim: "一本事件日志，一个行为模型，店里的每个场景。",
    other: "English",
    events: "条事件已入日志",
    items: "件商品在架",
    model: "正在服务的模型",
    freshness: "最新事件",
    noModel: "尚无",
    noEvents: "尚无",
    flow: ["采集", "特征", "模型", "场景", "服务", "评估"],
    shoppers: "三位顾客会看到什么",
    shoppersNote: "刚刚向店铺实时询问所得。本页内容不会记为曝光。",
    lately: "最近看过",
    shown: "将会推荐",
    noShop: "还没有店铺",
    noShopNote: "请先发送商品与事件，或运行 npm start 打开示例店铺。",
    learning: "店铺已开张，第一个模型尚待训练。",
    tryIt: "亲自问问",
    tryNote: "请把可公开密钥填入 KEY。点一下命令即可全选。",
    ask: "请求一份推荐",
    send: "告诉它发生了什么，下一次回答即会知道",
    explain: "为什么是这件商品？（需用私密密钥）",
    reference: "接口文档",
    problems: "问题说明",
  },
};
