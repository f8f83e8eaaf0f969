import { NumberInput, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type JSX, useState } from "react";
import type { CatalogueItem } from "../../../client/src/index.ts";
import type { ItemInsights, ItemPatch } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../../ui/api.ts";
import { Answered, Sheet } from "../../ui/frame.tsx";
import { problemLine } from "../../ui/problem-words.ts";
import { useLanguage, useWords } from "../../ui/words.ts";
import { CATALOGUE_WORDS } from "./words.ts";

/** Price and stock of each variant, changed in place. */
export function Variants({
  group,
  insights,
}: {
  readonly group: string;
  readonly insights: ItemInsights | undefined;
}): JSX.Element | null {
  const words = useWords(CATALOGUE_WORDS);
  const ids = insights?.variants;
  const variants = useAsk(
    ["items", "variants", group, ids],
    (client) => Promise.all((ids ?? []).map((id) => client.items.getItem(id))),
    { enabled: ids !== undefined },
  );
  if (ids === undefined) return null;
  return (
    <Sheet title={words.variants} about={words.variantsNote}>
      <Answered of={variants}>
        {(found) => (
          <Table.ScrollContainer minWidth={420}>
            <Table aria-label={words.variants}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{words.item}</Table.Th>
                  <Table.Th>{words.attributes}</Table.Th>
                  <Table.Th>{words.price}</Table.Th>
                  <Table.Th>{words.pieces}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((item) => (
                  <VariantRow key={item.item} item={item} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Answered>
    </Sheet>
  );
}

function VariantRow({ item }: { readonly item: CatalogueItem }): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const digits = useDigits(item.currency);
  const options = Object.entries(item.attributes).map(([name, value]) => `${name}: ${value}`);
  const price = item.priceMinor === undefined ? "" : item.priceMinor / 10 ** digits;
  return (
    <Table.Tr>
      <Table.Td>
        <Text ff="monospace" size="sm">
          {item.item}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm">{options.join(", ") || "–"}</Text>
      </Table.Td>
      <Table.Td>
        <SavedNumber
          item={item.item}
          label={`${words.price}, ${item.currency ?? ""}`}
          value={price}
          digits={digits}
          patchOf={(value) => ({ priceMinor: Math.round(value * 10 ** digits) })}
        />
      </Table.Td>
      <Table.Td>
        <SavedNumber
          item={item.item}
          label={words.pieces}
          value={item.stock ?? ""}
          digits={0}
          patchOf={(stock) => ({ stock })}
        />
      </Table.Td>
    </Table.Tr>
  );
}

/** Digits after the point of a currency's main unit. */
function useDigits(currency: string | undefined): number {
  const language = useLanguage();
  if (currency === undefined) return 2;
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** A number that is saved when it is left, and put back when it cannot be. */
function SavedNumber({
  item,
  label,
  value,
  digits,
  patchOf,
}: {
  readonly item: string;
  readonly label: string;
  readonly value: number | "";
  readonly digits: number;
  readonly patchOf: (value: number) => ItemPatch;
}): JSX.Element {
  const words = useWords(CATALOGUE_WORDS);
  const language = useLanguage();
  const { user } = usePlace();
  const [typed, setTyped] = useState<number | string>(value);
  const save = useChange(
    (client, patch: ItemPatch) => client.items.patchItem(item, patch),
    [["items"], ["recommend"]],
  );
  const leave = (): void => {
    if (typed === value || typed === "") {
      setTyped(value);
      return;
    }
    save.mutate(patchOf(Number(typed)), {
      onSuccess: () => notifications.show({ color: "teal", message: `${item}: ${words.saved}` }),
      onError: (error) => {
        setTyped(value);
        notifications.show({ color: "seal", message: problemLine(error, language) });
      },
    });
  };
  return (
    <NumberInput
      aria-label={`${label}, ${item}`}
      value={typed}
      min={0}
      decimalScale={digits}
      fixedDecimalScale={digits > 0}
      hideControls
      w={110}
      size="xs"
      readOnly={user.role === "viewer"}
      onChange={setTyped}
      onBlur={leave}
      onKeyDown={({ key, currentTarget }) => {
        if (key === "Enter") currentTarget.blur();
        if (key === "Escape") setTyped(value);
      }}
    />
  );
}
