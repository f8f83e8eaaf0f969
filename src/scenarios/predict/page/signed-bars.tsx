import { Box, Group, Text } from "@mantine/core";
import type { JSX } from "react";
import { fixed, percent } from "../../../../web/ui/format.ts";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";

export interface SignedPart {
  readonly key: string;
  readonly label: string;
  /** @unit probability */
  readonly part: number;
}

/** From the usual chance to this one: a bar to the left lowers it, one to the right raises it. */
export function SignedBars({
  usual,
  parts,
  whole,
}: {
  readonly usual: number;
  readonly parts: readonly SignedPart[];
  readonly whole: number;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const most = Math.max(1e-9, ...parts.map(({ part }) => Math.abs(part)));
  return (
    <Box>
      <Line label={words.usual} value={percent(usual, language)} />
      {parts.map(({ key, label, part }) => (
        <Line
          key={key}
          label={label}
          value={words.points(fixed(100 * part, language, 1, "exceptZero"))}
        >
          <Bar share={part / most} />
        </Line>
      ))}
      <Line label={words.sum} value={percent(whole, language)} isSum />
    </Box>
  );
}

const TABULAR = { fontVariantNumeric: "tabular-nums" } as const;

function Line({
  label,
  value,
  isSum = false,
  children,
}: {
  readonly label: string;
  readonly value: string;
  readonly isSum?: boolean;
  readonly children?: JSX.Element;
}): JSX.Element {
  return (
    <Group
      gap="sm"
      wrap="nowrap"
      py={3}
      style={isSum ? { borderTop: "1px solid var(--line)" } : {}}
    >
      <Text size="sm" fw={isSum ? 600 : 400} lineClamp={1} style={{ flex: "1 1 45%" }}>
        {label}
      </Text>
      <Box style={{ flex: "1 1 25%" }}>{children}</Box>
      <Text
        size="sm"
        fw={isSum ? 600 : 400}
        ta="right"
        style={{ flex: "0 0 auto", minWidth: 84, whiteSpace: "nowrap", ...TABULAR }}
      >
        {value}
      </Text>
    </Group>
  );
}

/** @unit share -1..1 */
function Bar({ share }: { readonly share: number }): JSX.Element {
  const width = `${50 * Math.abs(share)}%`;
  const side = share < 0 ? { right: "50%" } : { left: "50%" };
  const colour = share < 0 ? "blue" : "orange";
  return (
    <Box aria-hidden style={{ position: "relative", height: 10 }}>
      <Box
        style={{ position: "absolute", left: "50%", top: -3, bottom: -3, width: 1 }}
        bg="var(--line)"
      />
      <Box
        style={{ position: "absolute", top: 0, bottom: 0, width, borderRadius: 2, ...side }}
        bg={`var(--mantine-color-${colour}-6)`}
      />
    </Box>
  );
}
