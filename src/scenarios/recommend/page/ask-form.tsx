import {
  Box,
  CloseButton,
  Group,
  InputLabel,
  NumberInput,
  Pill,
  SegmentedControl,
  Select,
  SimpleGrid,
  Slider,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { type JSX, useId } from "react";
import { Sheet } from "../../../../web/ui/frame.tsx";
import { ItemPicker } from "../../../../web/ui/item-picker.tsx";
import { SURFACES } from "../../../../web/ui/scene-words.ts";
import { useWords } from "../../../../web/ui/words.ts";
import type { RecommendSurface } from "../schema.ts";
import { useItemTitle } from "./item-facts.ts";
import type { ListAsked } from "./list-request.ts";
import { PLAYGROUND_WORDS } from "./playground.words.ts";

export interface AskProps {
  readonly asked: ListAsked;
  readonly change: (changes: Partial<ListAsked>) => void;
}

/** Which list, for whom, beside what. */
export function AskForm({ asked, change }: AskProps): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  return (
    <Sheet title={words.ask}>
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
          <SurfaceChoice asked={asked} change={change} />
          <NumberInput
            label={words.limit}
            min={1}
            max={50}
            value={asked.limit}
            onChange={(next) => change({ limit: Number(next) || 1 })}
          />
          <Select
            label={words.language}
            data={[...words.languages]}
            value={asked.locale}
            allowDeselect={false}
            onChange={(next) => change({ locale: next === "zh" ? "zh" : "en" })}
          />
          <Variety asked={asked} change={change} />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <WhoLooks asked={asked} change={change} />
          <BesideItems asked={asked} change={change} />
        </SimpleGrid>
      </Stack>
    </Sheet>
  );
}

export function SurfaceChoice({ asked, change }: AskProps): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const surfaces = useWords(SURFACES);
  return (
    <Select
      label={words.surface}
      data={Object.entries(surfaces).map(([value, label]) => ({ value, label }))}
      value={asked.surface}
      allowDeselect={false}
      onChange={(next) => change({ surface: (next ?? "home") as RecommendSurface })}
    />
  );
}

function Variety({ asked, change }: AskProps): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const id = useId();
  return (
    <Box>
      <InputLabel component="div" id={id}>
        {words.diversity}
      </InputLabel>
      <Slider
        mt={10}
        min={0}
        max={1}
        step={0.1}
        defaultValue={asked.diversity}
        onChangeEnd={(diversity) => change({ diversity })}
        thumbProps={{ "aria-labelledby": id }}
      />
      <Text size="xs" c="dimmed" mt={6}>
        {words.diversityNote}
      </Text>
    </Box>
  );
}

export function WhoLooks({ asked, change }: AskProps): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const id = useId();
  const { who } = asked;
  const name = (text: string): void => {
    if (text.trim() !== asked.id) change({ id: text.trim() });
  };
  return (
    <Box>
      <InputLabel component="div" id={id}>
        {words.who}
      </InputLabel>
      <Group align="flex-end" gap="sm">
        <SegmentedControl
          aria-labelledby={id}
          data={[...words.whos]}
          value={who}
          onChange={(next) => change({ who: next as ListAsked["who"] })}
        />
        {who === "" ? null : (
          <TextInput
            key={`${who} ${asked.id}`}
            aria-label={who === "shopper" ? words.shopper : words.anonymous}
            placeholder={who === "shopper" ? words.shopper : words.anonymous}
            defaultValue={asked.id}
            onBlur={({ currentTarget }) => name(currentTarget.value)}
            onKeyDown={({ key, currentTarget }) => {
              if (key === "Enter") name(currentTarget.value);
            }}
            style={{ flexGrow: 1 }}
          />
        )}
      </Group>
    </Box>
  );
}

export function BesideItems({ asked, change }: AskProps): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const { items } = asked;
  return (
    <Box>
      <ItemPicker
        label={words.context}
        onPick={({ item }) => change({ items: [...new Set([...items, item])] })}
      />
      {items.length === 0 ? (
        <Text size="xs" c="dimmed" mt={4}>
          {words.contextNote}
        </Text>
      ) : (
        <Group gap="xs" mt="xs">
          {items.map((item) => (
            <ContextItem
              key={item}
              item={item}
              drop={() => change({ items: items.filter((one) => one !== item) })}
            />
          ))}
        </Group>
      )}
    </Box>
  );
}

function ContextItem({
  item,
  drop,
}: {
  readonly item: string;
  readonly drop: () => void;
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const title = useItemTitle(item);
  return (
    <Pill component="div" size="md" style={{ display: "inline-flex", alignItems: "center" }}>
      <Group gap={4} wrap="nowrap" component="span">
        {title}
        <CloseButton size="xs" aria-label={words.drop(title)} onClick={drop} />
      </Group>
    </Pill>
  );
}
