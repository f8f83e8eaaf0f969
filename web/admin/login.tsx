import { Alert, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type JSX, useState } from "react";
import { problemLine } from "../ui/problem-words.ts";
import { type Language, useLanguage, useWords } from "../ui/words.ts";
import { Doorway } from "./doorway.tsx";
import { enter, type Session } from "./session.ts";

const WORDS = {
  en: {
    title: "Shopkeeper",
    about: "The shop's own view: what happens, what is shown, and why.",
    name: "Name",
    password: "Password",
    enter: "Sign in",
    first: "The first password was printed in the terminal when the server first started.",
  },
  zh: {
    title: "掌柜",
    about: "店铺自己的视角：发生了什么，展示了什么，以及为什么。",
    name: "用户名",
    password: "密码",
    enter: "登录",
    first: "初始密码在服务器第一次启动时打印在终端里。",
  },
};

export function Login({
  error,
  entered,
  setLanguage,
}: {
  /** Why it could not be asked who comes. */
  readonly error: Error | null;
  readonly entered: (session: Session, password: string) => void;
  readonly setLanguage: (language: Language) => void;
}): JSX.Element {
  const words = useWords(WORDS);
  const language = useLanguage();
  const [refused, setRefused] = useState<Error | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const password = String(given.get("password"));
    setBusy(true);
    try {
      entered(await enter(String(given.get("name")), password), password);
    } catch (failed) {
      setRefused(failed as Error);
    } finally {
      setBusy(false);
    }
  };
  const trouble = refused ?? error;
  const { title, about } = words;
  const foot = (
    <Text size="sm" c="dimmed">
      {words.first}
    </Text>
  );
  return (
    <Doorway {...{ title, about, foot, setLanguage }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            name="name"
            label={words.name}
            defaultValue="owner"
            autoComplete="username"
            required
          />
          <PasswordInput
            name="password"
            label={words.password}
            autoComplete="current-password"
            required
            data-autofocus
          />
          {trouble === null ? null : (
            <Alert color="seal" variant="light" role="alert">
              {problemLine(trouble, language)}
            </Alert>
          )}
          <Button type="submit" loading={isBusy}>
            {words.enter}
          </Button>
        </Stack>
      </form>
    </Doorway>
  );
}
