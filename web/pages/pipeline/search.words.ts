/** Texts of the search for parameters. */
export const SEARCH_WORDS = {
  en: {
    title: "Look for better parameters",
    about:
      "Tries many shapes of the behaviour model a little, and the best of them longer, within the time given. " +
      "Half of the held-out questions choose; the other half says whether what won is better. It trains " +
      "no version.",
    budget: "Time it may take",
    minutes: " minutes",
    begin: "Look",
    foundAt: (at: string) => `Search of ${at}.`,
    improves: (changes: string, cases: string) =>
      `Better, by ${cases} questions that did not choose it: ${changes}.`,
    nothingBetter: (cases: string) =>
      `Nothing better was found, by ${cases} questions that did not choose: leave it as it is.`,
    checked: (before: string, now: string) => `NDCG@10 ${before} before, ${now} with what won.`,
    trainWith: "Train with what won",
    rung: "Round",
    changes: "Changes",
    epochs: "Epochs",
    ndcg: "NDCG@10",
    diverged: "diverged",
    asItIs: "as it is",
    names: {
      width: "width",
      blocks: "blocks",
      length: "events read",
      dropout: "dropout",
      learningRate: "learning rate",
    },
  },
  zh: {
    title: "寻找更好的参数",
    about:
      "在给定时间内少量尝试行为模型的多种形状，并让其中最好的训练更久。留出问题的一半用于选择，另一半判断胜出者是否更好。" +
      "不会训练出新版本。",
    budget: "可用时间",
    minutes: " 分钟",
    begin: "开始寻找",
    foundAt: (at: string) => `${at} 的搜索。`,
    improves: (changes: string, cases: string) =>
      `由未参与选择的 ${cases} 个问题判断，更好的是：${changes}。`,
    nothingBetter: (cases: string) =>
      `由未参与选择的 ${cases} 个问题判断，没有找到更好的：保持原样。`,
    checked: (before: string, now: string) => `NDCG@10 原为 ${before}，胜出者为 ${now}。`,
    trainWith: "用胜出的参数训练",
    rung: "轮次",
    changes: "改动",
    epochs: "训练轮数",
    ndcg: "NDCG@10",
    diverged: "发散",
    asItIs: "保持原样",
    names: {
      width: "宽度",
      blocks: "模块",
      length: "阅读的事件",
      dropout: "随机失活",
      learningRate: "学习率",
    },
  },
};
