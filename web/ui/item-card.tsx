import { Box, Group, Image, Text } from "@mantine/core";
import type { JSX, ReactNode } from "react";
import { money } from "./format.ts";
import { useLanguage } from "./words.ts";

export interface ShownItem {
  readonly item: string;
  readonly title?: string | undefined;
  readonly image?: string | undefined;
  readonly priceMinor?: number | undefined;
  readonly currency?: string | undefined;
}

/** An item in a line of text: its picture, what it is called, what it costs. */
export function ItemLine({
  shown,
  children,
}: {
  readonly shown: ShownItem;
  readonly children?: ReactNode;
}): JSX.Element {
  const language = useLanguage();
  const { item, title, image, priceMinor, currency } = shown;
  return (
    <Group gap="sm" wrap="nowrap">
      <Picture image={image} />
      <Box miw={0}>
        <Text size="sm" fw={550} lineClamp={1}>
          {title ?? item}
        </Text>
        <Text size="xs" c="dimmed">
          {priceMinor === undefined ? item : `${money(priceMinor, currency, language)} · ${item}`}
        </Text>
        {children}
      </Box>
    </Group>
  );
}

/** Only pictures that the page's policy lets in; others leave their place empty. */
export function Picture({
  image,
  size = 44,
}: {
  readonly image: string | undefined;
  readonly size?: number;
}): JSX.Element {
  const may = image !== undefined && /^(\/|https:|data:image\/)/.test(image);
  if (!may)
    return <Box w={size} h={size} bg="var(--line)" style={{ borderRadius: 8, flex: "none" }} />;
  return <Image src={image} w={size} h={size} radius="sm" alt="" loading="lazy" flex="none" />;
}
