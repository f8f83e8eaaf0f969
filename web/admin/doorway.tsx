import { Anchor, Container, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { JSX, ReactNode } from "react";
import { type Language, useLanguage } from "../ui/words.ts";

const OTHER = { en: "中文", zh: "English" };

/** What stands before the admin: one question on one screen. */
export function Doorway({
  title,
  about,
  foot,
  children,
  setLanguage,
}: {
  readonly title: string;
  readonly about: string;
  readonly foot: ReactNode;
  readonly children: ReactNode;
  readonly setLanguage: (language: Language) => void;
}): JSX.Element {
  const language = useLanguage();
  const other: Language = language === "en" ? "zh" : "en";
  return (
    <Container component="main" size={420} pt={{ base: 48, sm: 120 }}>
      <Stack gap="xs" mb="lg">
        <Title order={1}>{title}</Title>
        <Text c="dimmed">{about}</Text>
      </Stack>
      <Paper withBorder p="lg" bg="var(--sheet)">
        {children}
      </Paper>
      <Group justify="space-between" mt="md" gap="md" wrap="nowrap" align="flex-start">
        {foot}
        <Anchor
          component="button"
          size="sm"
          lang={other}
          style={{ whiteSpace: "nowrap" }}
          onClick={() => setLanguage(other)}
        >
          {OTHER[language]}
        </Anchor>
      </Group>
    </Container>
  );
}
