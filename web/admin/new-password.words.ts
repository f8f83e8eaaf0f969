/** Texts of the page where a password that the server made up is changed. */
export const NEW_PASSWORD_WORDS = {
  en: {
    title: "Choose your own password",
    about: (name: string) =>
      `“${name}” still has the password that the server made up. It stood in a terminal or passed through other hands, so nothing else is answered until you have chosen your own.`,
    current: "The password you were given",
    next: "Your own password",
    least: "At least 12 characters",
    wrong: "This is not the password you were given.",
    same: "Take another one than the one you were given.",
    choose: "Take it and go on",
    leave: "Sign out",
  },
  zh: {
    title: "设置您自己的密码",
    about: (name: string) =>
      `“${name}”还在使用服务器生成的密码。它曾显示在终端里，或经过他人之手，因此在您设置自己的密码之前，其他请求一概不予回答。`,
    current: "您得到的密码",
    next: "您自己的密码",
    least: "至少 12 个字符",
    wrong: "这不是您得到的密码。",
    same: "请换一个与原来不同的密码。",
    choose: "使用并继续",
    leave: "退出登录",
  },
};
