import { Box, Group, Text } from "@mantine/core";
import type { JSX } from "react";
import { percent } from "./format.ts";
import { useLanguage } from "./words.ts";

export interface Part {
  readonly name: string;
  readonly value: number;
}

const COLOURS = ["red", "blue", "yellow", "teal", "grape", "gray"];

/** A whole and its parts, largest first: as a bar, and in words below it. */
export function ShareBar({
  parts,
  most = 3,
}: {
  readonly parts: readonly Part[];
  /** Parts that are named. */
  readonly most?: number;
}): JSX.Element | null {
  const language = useLanguage();
  const known = parts.filter(({ value }) => value > 0).toSorted((a, b) => b.value - a.value);
  const whole = known.reduce((sum, { value }) => sum + value, 0);
  if (whole === 0) return null;
  const colourOf = (at: number): string =>
    `var(--mantine-color-${COLOURS[Math.min(at, COLOURS.length - 1)]}-6)`;
  return (
    <Box>
      <Box aria-hidden style={{ display: "flex", height: 6, borderRadius: 3, overflow: "hidden" }}>
        {known.map(({ name, value }, at) => (
          <Box key={name} bg={colourOf(at)} style={{ width: `${(100 * value) / whole}%` }} />
        ))}
      </Box>
      <Group gap="sm" mt={2}>
        {known.slice(0, most).map(({ name, value }, at) => (
          <Text size="xs" c="dimmed" key={name}>
            <Box
              component="span"
              aria-hidden
              bg={colourOf(at)}
              style={{ display: "inline-block", width: 8, height: 8, borderRadius: 2 }}
              mr={4}
            />
            {name} {percent(value / whole, language, 0)}
          </Text>
        ))}
      </Group>
    </Box>
  );
}
