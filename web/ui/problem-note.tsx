import { Alert, Button, Group, Text } from "@mantine/core";
import type { JSX } from "react";
import { isProblem } from "../../client/src/index.ts";
import { problemInChinese } from "./problem-words.ts";
import { useLanguage, useWords } from "./words.ts";

const WORDS = {
  en: { again: "Try again", request: "Request" },
  zh: { again: "重试", request: "请求编号" },
};

/** What went wrong and what to do about it; the server's own words, which are English, last in Chinese. */
export function ProblemNote({
  error,
  again,
}: {
  readonly error: Error;
  readonly again?: () => unknown;
}): JSX.Element {
  const words = useWords(WORDS);
  const known = isProblem(error) ? error : undefined;
  const inChinese = useLanguage() === "zh" ? problemInChinese(known?.code ?? "") : undefined;
  const fields = known?.errors.filter(({ detail }) => detail !== error.message) ?? [];
  return (
    <Alert color="seal" variant="light" title={inChinese?.title ?? error.message} role="alert">
      {known === undefined ? null : <Text size="sm">{inChinese?.remedy ?? known.remedy}</Text>}
      {inChinese === undefined ? null : (
        <Text size="sm" lang="en">
          {error.message}
        </Text>
      )}
      {fields.map(({ pointer, detail }) => (
        <Text size="sm" key={pointer}>
          <code>{pointer}</code> {detail}
        </Text>
      ))}
      <Group mt="xs" gap="md">
        {again === undefined ? null : (
          <Button size="xs" variant="default" onClick={() => again()}>
            {words.again}
          </Button>
        )}
        {known?.requestId === undefined ? null : (
          <Text size="xs">
            {words.request} <code>{known.requestId}</code>
          </Text>
        )}
      </Group>
    </Alert>
  );
}
