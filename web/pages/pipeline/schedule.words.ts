/** Texts of the trainings that begin by themselves. */
export const SCHEDULE_WORDS = {
  en: {
    title: "Train by itself",
    about:
      "Now and then a short training goes on from the version in service with what happened since; more " +
      "seldom one learns everything anew. A version that answers worse does not go into service.",
    everyHours: "Go on from the version in service",
    fullEveryHours: "Learn everything anew",
    every: "every ",
    hours: " h",
    save: "Save",
    asTheServer: "As the server's settings say",
    never: "It is trained only when somebody asks for it.",
    onward: (when: string) => `The next that goes on: ${when}`,
    full: (when: string) => `The next that learns everything anew: ${when}`,
    soon: "within a minute",
    waits: {
      version: "It begins once a first training has put a version in service.",
      trial: "It waits until the experiment that runs has ended.",
    },
  },
  zh: {
    title: "自动训练",
    about:
      "不时进行一次短训练，从服务中的版本继续学习此后发生的事；间隔更久则从头学习全部数据。回答变差的版本不会投入服务。",
    everyHours: "从服务中的版本继续",
    fullEveryHours: "从头学习全部数据",
    every: "每 ",
    hours: " 小时",
    save: "保存",
    asTheServer: "按服务器的设置",
    never: "只有在有人要求时才会训练。",
    onward: (when: string) => `下一次继续训练：${when}`,
    full: (when: string) => `下一次从头训练：${when}`,
    soon: "一分钟之内",
    waits: {
      version: "首次训练把一个版本投入服务之后开始。",
      trial: "等正在进行的实验结束之后开始。",
    },
  },
};
