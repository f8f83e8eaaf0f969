import { Combobox, InputBase, ScrollArea, Text, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type JSX, useState } from "react";
import type { CatalogueItem } from "../../client/src/index.ts";
import { useAsk } from "./api.ts";
import { ItemLine } from "./item-card.tsx";
import { inLanguage, type Language, useLanguage, useWords } from "./words.ts";

const WORDS = {
  en: {
    hint: "Name, brand, category or id",
    found: "Items found",
    none: "No item is called so",
    more: "Type on for more",
  },
  zh: {
    hint: "名称、品牌、类别或编号",
    found: "找到的商品",
    none: "没有这样的商品",
    more: "继续输入以缩小范围",
  },
};
const SHOWN = 12;
const PAUSE_MS = 200;

/** Finds an item of the catalogue by what it is called. */
export function ItemPicker({
  label,
  description,
  onPick,
}: {
  readonly label: string;
  readonly description?: string;
  readonly onPick: (item: CatalogueItem) => void;
}): JSX.Element {
  const words = useWords(WORDS);
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() });
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), PAUSE_MS);
  const found = useAsk(["items", "search", q], (client) =>
    client.items.listItems({ limit: SHOWN, ...(q === "" ? {} : { q }) }),
  );
  const rows = found.data?.rows ?? [];
  const pick = (id: string): void => {
    const item = rows.find((one) => one.item === id);
    box.closeDropdown();
    setText("");
    if (item) onPick(item);
  };
  return (
    <Combobox store={box} onOptionSubmit={pick}>
      <Combobox.Target>
        <InputBase
          label={label}
          description={description}
          placeholder={words.hint}
          value={text}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            box.openDropdown();
            box.selectFirstOption();
          }}
          onFocus={() => box.openDropdown()}
          onClick={() => box.openDropdown()}
          onBlur={() => box.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options aria-label={words.found}>
          <ScrollArea.Autosize mah={320} type="auto">
            {rows.map((item) => (
              <Combobox.Option value={item.item} key={item.item}>
                <CatalogueLine item={item} />
              </Combobox.Option>
            ))}
            {rows.length === 0 && found.isSuccess ? (
              <Combobox.Empty>{words.none}</Combobox.Empty>
            ) : null}
            {found.data?.next == null ? null : (
              <Text size="xs" c="dimmed" p="xs">
                {words.more}
              </Text>
            )}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

export function CatalogueLine({ item }: { readonly item: CatalogueItem }): JSX.Element {
  const language = useLanguage();
  return <ItemLine shown={shownOf(item, language)} />;
}

/** An item of the catalogue as it is shown in a line. */
export const shownOf = (
  { item, title, images, priceMinor, salePriceMinor, currency }: CatalogueItem,
  language: Language,
): {
  readonly item: string;
  readonly title: string | undefined;
  readonly image: string | undefined;
  readonly priceMinor: number | undefined;
  readonly currency: string | undefined;
} => ({
  item,
  title: inLanguage(title, language),
  image: images[0],
  priceMinor: salePriceMinor ?? priceMinor,
  currency,
});
