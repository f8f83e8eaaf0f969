import {
  Alert,
  Anchor,
  Button,
  Center,
  Container,
  Group,
  Loader,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type JSX, useState } from "react";
import { problemLine } from "../ui/problem-words.ts";
import { type Language, useLanguage, useWords } from "../ui/words.ts";
import { currentSession, enter, SESSION, type Session } from "./session.ts";

const WORDS = {
  en: {
    title: "Shopkeeper",
    about: "The shop's own view: what happens, what is shown, and why.",
    name: "Name",
    password: "Password",
    enter: "Sign in",
    first: "The first password was printed in the terminal when the server first started.",
    other: "中文",
  },
  zh: {
    title: "掌柜",
    about: "店铺自己的视角：发生了什么，展示了什么，以及为什么。",
    name: "用户名",
    password: "密码",
    enter: "登录",
    first: "初始密码在服务器第一次启动时打印在终端里。",
    other: "English",
  },
};

/**
 * The code of what is inside, fetched while the server is asked who comes. It is no `lazy` component:
 * React shows what was waited for no sooner than 300 ms after it has shown that it waits.
 */
const INSIDE = queryOptions({
  queryKey: ["inside"],
  staleTime: Number.POSITIVE_INFINITY,
  structuralSharing: false,
  queryFn: async () => {
    const { Inside, loaded } = await import("./inside.tsx");
    await loaded();
    return Inside;
  },
});

/** The way in: the login for who is not in, the admin for who is. */
export function Door({
  setLanguage,
}: {
  readonly setLanguage: (language: Language) => void;
}): JSX.Element {
  const session = useQuery({ queryKey: SESSION, queryFn: currentSession, staleTime: 60_000 });
  const inside = useQuery(INSIDE);
  if (inside.error) throw inside.error;
  if (session.isPending) return <Waiting />;
  if (!session.data) return <Login error={session.error} setLanguage={setLanguage} />;
  if (!inside.data) return <Waiting />;
  const Inside = inside.data;
  return <Inside session={session.data} setLanguage={setLanguage} />;
}

const Waiting = (): JSX.Element => (
  <Center mih="100dvh">
    <Loader aria-label="…" />
  </Center>
);

function Login({
  error,
  setLanguage,
}: {
  readonly error: Error | null;
  readonly setLanguage: (language: Language) => void;
}): JSX.Element {
  const words = useWords(WORDS);
  const language = useLanguage();
  const other: Language = language === "en" ? "zh" : "en";
  const queries = useQueryClient();
  const [refused, setRefused] = useState<Error | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const session: Session = await enter(
        String(given.get("name")),
        String(given.get("password")),
      );
      queries.setQueryData(SESSION, session);
    } catch (failed) {
      setRefused(failed as Error);
    } finally {
      setBusy(false);
    }
  };
  const trouble = refused ?? error;
  return (
    <Container component="main" size={420} pt={{ base: 48, sm: 120 }}>
      <Stack gap="xs" mb="lg">
        <Title order={1}>{words.title}</Title>
        <Text c="dimmed">{words.about}</Text>
      </Stack>
      <Paper withBorder p="lg" bg="var(--sheet)">
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
      </Paper>
      <Group justify="space-between" mt="md" gap="md" wrap="nowrap" align="flex-start">
        <Text size="sm" c="dimmed">
          {words.first}
        </Text>
        <Anchor
          component="button"
          size="sm"
          lang={other}
          style={{ whiteSpace: "nowrap" }}
          onClick={() => setLanguage(other)}
        >
          {words.other}
        </Anchor>
      </Group>
    </Container>
  );
}
