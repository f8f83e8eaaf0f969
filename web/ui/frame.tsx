import { Box, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { JSX, ReactNode } from "react";
import { ProblemNote } from "./problem-note.tsx";

/** A page: what it is, in one sentence what for, what can be done, then its content. */
export function Page({
  title,
  about,
  actions,
  children,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="md">
        <Box>
          <Title order={1} fz={{ base: 26, sm: 32 }}>
            {title}
          </Title>
          {about === undefined ? null : (
            <Text c="dimmed" maw="70ch">
              {about}
            </Text>
          )}
        </Box>
        {actions === undefined ? null : <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** A part of a page on its own sheet. */
export function Sheet({
  title,
  about,
  actions,
  children,
}: {
  readonly title?: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}): JSX.Element {
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }} bg="var(--sheet)" component="section">
      {title === undefined && actions === undefined ? null : (
        <Group justify="space-between" mb="sm" gap="sm" align="flex-start">
          <Box>
            {title === undefined ? null : (
              <Title order={2} fz={20}>
                {title}
              </Title>
            )}
            {about === undefined ? null : (
              <Text c="dimmed" size="sm" maw="70ch">
                {about}
              </Text>
            )}
          </Box>
          {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
        </Group>
      )}
      {children}
    </Paper>
  );
}

/** One number with its name, and below it what it means: unit, time range, how sure. */
export function Figure({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}): JSX.Element {
  return (
    <Paper withBorder p="md" bg="var(--sheet)">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text
        fz={{ base: 20, xs: 26 }}
        fw={600}
        lh={1.3}
        style={{ fontVariantNumeric: "tabular-nums", overflowWrap: "anywhere" }}
      >
        {value}
      </Text>
      {note === undefined ? null : (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Paper>
  );
}

/** What few will want to read, folded; nothing where there is none. */
export function Notes({
  title,
  notes,
}: {
  readonly title: string;
  readonly notes: readonly string[];
}): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <Box component="details" mt="md">
      <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>
        {title} ({notes.length})
      </Text>
      <Box component="ul" m={0} pl="lg">
        {notes.map((note) => (
          <Text component="li" size="xs" c="dimmed" key={note}>
            {note}
          </Text>
        ))}
      </Box>
    </Box>
  );
}

/** Nothing is there yet: what would be here, and what to do for it. */
export function Nothing({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): JSX.Element {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {children === undefined ? null : (
        <Box c="dimmed" maw="56ch">
          {children}
        </Box>
      )}
    </Stack>
  );
}

/** What was asked of the server, once it is there; a skeleton before, the problem if it failed. */
export function Answered<Answer>({
  of,
  children,
  height = 160,
}: {
  readonly of: UseQueryResult<Answer, Error>;
  readonly children: (answer: Answer) => ReactNode;
  readonly height?: number;
}): JSX.Element {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ProblemNote error={of.error} again={() => void of.refetch()} />;
  return <Skeleton height={height} radius="md" aria-busy="true" />;
}
