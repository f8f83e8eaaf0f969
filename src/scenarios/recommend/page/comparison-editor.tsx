import {
  Autocomplete,
  CloseButton,
  Group,
  NumberInput,
  Select,
  TagsInput,
  TextInput,
} from "@mantine/core";
import type { JSX } from "react";
import { useAsk } from "../../../../web/ui/api.ts";
import { currencyDigits } from "../../../../web/ui/format.ts";
import { asLocalTime, fromLocalTime } from "../../../../web/ui/now.ts";
import { useWords } from "../../../../web/ui/words.ts";
import { type Comparison, kindOfField, retested, testsOf } from "./conditions.ts";
import { CONDITION_WORDS } from "./rules.words.ts";

interface ComparisonProps {
  readonly comparison: Comparison;
  readonly change: (comparison: Comparison) => void;
  readonly currency: string | undefined;
}

const ATTRIBUTE = "attributes.";
/** Items whose brands and categories are offered. */
const LOOKED_AT = 300;

/** A field of the item, a test, a value. */
export function ComparisonEditor({
  comparison,
  change,
  currency,
  drop,
}: ComparisonProps & { readonly drop: () => void }): JSX.Element {
  const words = useWords(CONDITION_WORDS);
  const { field, is } = comparison;
  const isAttribute = field.startsWith(ATTRIBUTE);
  return (
    <Group gap="xs" align="flex-end">
      <Select
        aria-label={words.field}
        data={Object.entries(words.fields).map(([value, label]) => ({ value, label }))}
        value={isAttribute ? "attributes" : field}
        allowDeselect={false}
        searchable
        onChange={(next) => {
          const chosen = next === "attributes" ? ATTRIBUTE : (next ?? field);
          change(retested(comparison, chosen, is));
        }}
        w={190}
      />
      {isAttribute ? (
        <TextInput
          aria-label={words.attribute}
          placeholder={words.attribute}
          value={field.slice(ATTRIBUTE.length)}
          onChange={({ currentTarget }) =>
            change({ ...comparison, field: ATTRIBUTE + currentTarget.value })
          }
          w={160}
        />
      ) : null}
      <Select
        aria-label={words.is}
        data={testsOf(field).map((value) => ({ value, label: words.tests[value] ?? value }))}
        value={is}
        allowDeselect={false}
        onChange={(next) => change(retested(comparison, field, (next ?? is) as Comparison["is"]))}
        w={130}
      />
      <ValueEditor comparison={comparison} change={change} currency={currency} />
      <CloseButton aria-label={words.drop} onClick={drop} />
    </Group>
  );
}

function ValueEditor({ comparison, change, currency }: ComparisonProps): JSX.Element {
  const words = useWords(CONDITION_WORDS);
  const { field, is, value } = comparison;
  const known = useKnownValues(field);
  const put = (next: Comparison["value"]): void => change({ ...comparison, value: next });
  const name = { "aria-label": words.value, style: { flex: "1 1 160px" } };
  if (is === "exists") {
    return (
      <Select
        {...name}
        data={[...words.stated]}
        value={String(value !== false)}
        allowDeselect={false}
        onChange={(next) => put(next !== "false")}
      />
    );
  }
  if (is === "in") {
    const chosen = Array.isArray(value) ? value.map(String) : [];
    return (
      <TagsInput
        {...name}
        aria-label={words.values}
        data={known.map(String)}
        value={chosen}
        onChange={put}
      />
    );
  }
  const kind = kindOfField(field);
  if (kind === "time" || kind === "number" || kind === "money") {
    return <AmountEditor comparison={comparison} change={change} currency={currency} />;
  }
  return (
    <Autocomplete
      {...name}
      data={known.map(String)}
      value={String(value ?? "")}
      onChange={(text) => put(asKnown(text, known))}
    />
  );
}

/** A number, an amount of money or a moment. */
function AmountEditor({ comparison, change, currency }: ComparisonProps): JSX.Element {
  const words = useWords(CONDITION_WORDS);
  const { field, value } = comparison;
  const amount = typeof value === "number" ? value : undefined;
  const put = (next: Comparison["value"]): void => change({ ...comparison, value: next });
  const name = { "aria-label": words.value, style: { flex: "1 1 160px" } };
  if (kindOfField(field) === "time") {
    return (
      <TextInput
        {...name}
        type="datetime-local"
        value={asLocalTime(amount)}
        onChange={({ currentTarget }) => put(fromLocalTime(currentTarget.value) ?? 0)}
      />
    );
  }
  const isMoney = kindOfField(field) === "money";
  const digits = isMoney ? currencyDigits(currency) : 0;
  return (
    <NumberInput
      {...name}
      min={0}
      decimalScale={digits}
      suffix={isMoney && currency !== undefined ? ` ${currency}` : ""}
      value={amount === undefined ? "" : amount / 10 ** digits}
      onChange={(next) => put(next === "" ? "" : Math.round(Number(next) * 10 ** digits))}
    />
  );
}

type Value = string | number | boolean;

/** As the catalogue has it: an attribute that holds numbers is compared with a number. */
function asKnown(text: string, known: readonly Value[]): Value {
  const same = known.find((value) => String(value) === text);
  if (same !== undefined) return same;
  const isNumber =
    typeof known[0] === "number" && text.trim() !== "" && !Number.isNaN(Number(text));
  return isNumber ? Number(text) : text;
}

/** Values of a field that the first items of the catalogue have, to choose from. */
function useKnownValues(field: string): readonly Value[] {
  const items = useAsk(["items", "first"], (client) =>
    client.items.listItems({ limit: LOOKED_AT }),
  );
  const found = (items.data?.rows ?? []).flatMap((item): readonly (Value | undefined)[] => {
    if (field === "categories") return item.categories;
    if (field === "brand" || field === "seller" || field === "supplier") return [item[field]];
    if (field.startsWith(ATTRIBUTE)) return [item.attributes[field.slice(ATTRIBUTE.length)]];
    return field === "availability" ? [item.availability] : [];
  });
  return [...new Set(found)].filter((value) => value !== undefined).toSorted(byName);
}

function byName(a: Value, b: Value): number {
  return typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b));
}
