import { Alert, Badge, Group, Stack, Text } from "@mantine/core";
import { type JSX, useMemo } from "react";
import type { Experiment, TrialArm, TrialMeasure } from "../../../../client/src/made/schemas.ts";
import { Chart } from "../../../../web/ui/chart.tsx";
import { decimal, inUnits, moment, money, percent, whole } from "../../../../web/ui/format.ts";
import { Notes } from "../../../../web/ui/frame.tsx";
import { intervalPlot } from "../../../../web/ui/plots.ts";
import { type Column, DataTable } from "../../../../web/ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../../../web/ui/words.ts";
import { EXPERIMENT_WORDS } from "./experiment.words.ts";

type Texts = (typeof EXPERIMENT_WORDS)["en"];
type Interval = TrialMeasure["control"];
interface Arm extends TrialArm {
  readonly version: string;
  readonly share: number;
}

/** Of the interval of one look. */
const CONFIDENCE = 0.95;
const ROW_PX = 34;
const COLOURS = { better: "teal", worse: "seal", alike: "gray", open: "gray" } as const;

/** What was counted of both, what each measure says, and whether it may be believed. */
export function ExperimentReport({ of }: { readonly of: Experiment }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  const { trial, measures, mixed, unknownLists, clickDays } = of;
  const columns = measureColumns(of, words, language);
  const table = (
    <DataTable
      name={`${trial.id}-measures`}
      rows={measures}
      columns={columns}
      keyOf={({ measure, currency }) => `${measure} ${currency}`}
      empty={null}
    />
  );
  const notes = [
    words.throughNote(clickDays),
    words.method,
    ...(mixed === 0 ? [] : [words.mixed(whole(mixed, language))]),
    ...(unknownLists === 0 ? [] : [words.unknown(whole(unknownLists, language))]),
  ];
  return (
    <Stack gap="md">
      <Balance of={of} />
      <Verdicts of={of} />
      <Arms of={of} />
      <Differences of={of} table={table} />
      {table}
      <Text size="xs" c="dimmed">
        {words.asOf(moment(of.until, language))}
      </Text>
      <Notes title={words.notes} notes={notes} />
    </Stack>
  );
}

function Balance({ of: { balance } }: { readonly of: Experiment }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  const p = balance.p < 0.001 ? balance.p.toExponential(1) : decimal(balance.p, language, 2);
  if (balance.good) {
    return (
      <Text size="xs" c="dimmed">
        {words.balance} (p = {p})
      </Text>
    );
  }
  const shares = [balance.share, balance.expectedShare].map((share) => percent(share, language));
  return (
    <Alert color="seal" variant="light" title={words.unbalanced} role="alert">
      {words.unbalancedNote(shares[0] as string, shares[1] as string, p)}
    </Alert>
  );
}

/** In words, one line for each measure. */
function Verdicts({ of }: { readonly of: Experiment }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  return (
    <Stack gap="sm">
      {of.measures.map((measure) => (
        <Group key={nameOf(measure, words)} align="flex-start" style={{ columnGap: 10, rowGap: 2 }}>
          <Badge color={COLOURS[measure.verdict]} variant="light">
            {nameOf(measure, words)}
          </Badge>
          <Text size="sm">{verdictOf(measure, of, words, language)}</Text>
        </Group>
      ))}
    </Stack>
  );
}

function Arms({ of }: { readonly of: Experiment }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  const { trial, control, treatment, measures } = of;
  const currencies = measures.flatMap(({ currency }) => (currency === null ? [] : [currency]));
  const arms: readonly Arm[] = [
    { ...control, version: trial.against, share: 1 - trial.share },
    { ...treatment, version: trial.version, share: trial.share },
  ];
  const counted = (id: keyof TrialArm & keyof Arm, head: string): Column<Arm> => ({
    ...{ id, head, value: (arm) => arm[id] as number },
    cell: (arm) => whole(arm[id] as number, language),
  });
  const columns: readonly Column<Arm>[] = [
    {
      id: "version",
      head: words.arm,
      value: ({ version }) => version,
      cell: ({ version }) => <ArmName version={version} isTried={version === trial.version} />,
    },
    {
      id: "share",
      head: words.shareOf,
      value: ({ share }) => share,
      cell: ({ share }) => percent(share, language),
    },
    counted("shoppers", words.shoppers),
    counted("lists", words.lists),
    counted("clickedLists", words.clicked),
    counted("buyers", words.buyers),
    counted("orders", words.orders),
    counted("ordersThrough", words.through),
    ...currencies.flatMap((currency) => [
      amount(currency, "sum", words.revenue(currency), language),
      amount(currency, "through", words.revenueThrough(currency), language),
    ]),
  ];
  return (
    <DataTable
      name={`${trial.id}-versions`}
      rows={arms}
      columns={columns}
      keyOf={({ version }) => version}
      empty={null}
    />
  );
}

function ArmName({
  version,
  isTried,
}: {
  readonly version: string;
  readonly isTried: boolean;
}): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  return (
    <Group gap="xs" wrap="nowrap">
      <Text ff="monospace" size="sm" style={{ whiteSpace: "nowrap" }}>
        {version}
      </Text>
      <Badge miw="max-content" {...(isTried && { color: "blue" })}>
        {isTried ? words.onTrial : words.inService}
      </Badge>
    </Group>
  );
}

function amount(
  currency: string,
  part: "sum" | "through",
  head: string,
  language: Language,
): Column<Arm> {
  const minor = ({ paid }: Arm): number =>
    paid.find((one) => one.currency === currency)?.[part] ?? 0;
  return {
    ...{ id: `${part}-${currency}`, head, value: (arm) => inUnits(minor(arm), currency) },
    cell: (arm) => money(minor(arm), currency, language),
  };
}

/** Each as a share of what the version in service has, so that one axis serves all. */
function Differences({
  of: { measures },
  table,
}: {
  readonly of: Experiment;
  readonly table: JSX.Element;
}): JSX.Element | null {
  const words = useWords(EXPERIMENT_WORDS);
  const language = useLanguage();
  const rows = useMemo(
    () =>
      measures.flatMap((measure) =>
        measure.relative === null ? [] : [{ name: nameOf(measure, words), ...measure.relative }],
      ),
    [measures, words],
  );
  const option = useMemo(
    () => intervalPlot(rows, words.difference, (value) => percent(value, language)),
    [rows, words, language],
  );
  if (rows.length === 0) return null;
  return (
    <Chart name={words.chart} option={option} height={70 + ROW_PX * rows.length} table={table} />
  );
}

function measureColumns(
  of: Experiment,
  words: Texts,
  language: Language,
): readonly Column<TrialMeasure>[] {
  const { trial } = of;
  const arm = (id: "control" | "treatment", version: string): readonly Column<TrialMeasure>[] => [
    {
      id,
      head: version,
      value: (row) => row[id].mean,
      cell: (row) => rangeOf(row[id], sayer(row, language)),
    },
    exported(`${id}-low`, `${version}: ${words.low}`, (row) => row[id].low),
    exported(`${id}-high`, `${version}: ${words.high}`, (row) => row[id].high),
  ];
  return [
    {
      id: "measure",
      head: words.measure,
      value: (row) => nameOf(row, words),
      cell: (row) => <MeasureName of={row} />,
    },
    ...arm("control", trial.against),
    ...arm("treatment", trial.version),
    {
      id: "difference",
      head: words.difference,
      value: ({ relative }) => relative?.mean,
      cell: ({ relative }) =>
        relative === null ? "–" : rangeOf(relative, (value) => signed(value, language)),
    },
    exported("low", words.low, ({ relative }) => relative?.low),
    exported("high", words.high, ({ relative }) => relative?.high),
    exported("verdict", words.verdict, (row) => verdictOf(row, of, words, language)),
  ];
}

const exported = (
  id: string,
  head: string,
  value: Column<TrialMeasure>["value"],
): Column<TrialMeasure> => ({ id, head, value, isExportOnly: true });

function MeasureName({ of }: { readonly of: TrialMeasure }): JSX.Element {
  const words = useWords(EXPERIMENT_WORDS);
  const { measure } = of;
  const note = measure === "revenue_per_shopper" ? words.revenueNote : words.measureNotes[measure];
  return (
    <>
      <Text size="sm">{nameOf(of, words)}</Text>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </>
  );
}

const nameOf = ({ measure, currency }: TrialMeasure, words: Texts): string =>
  measure === "revenue_per_shopper"
    ? words.revenueMeasure(currency ?? "")
    : words.measures[measure];

const sayer =
  ({ currency }: TrialMeasure, language: Language) =>
  (value: number): string =>
    currency === null ? percent(value, language, 2) : money(value, currency, language);

const rangeOf = ({ mean, low, high }: Interval, say: (value: number) => string): JSX.Element => (
  <>
    {say(mean)}
    <Text size="xs" c="dimmed" component="div">
      {say(low)} … {say(high)}
    </Text>
  </>
);

const signed = (share: number, language: Language): string =>
  new Intl.NumberFormat(language, {
    ...{ style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" },
  } as Intl.NumberFormatOptions).format(share);

function verdictOf(
  { verdict, moreShoppers, moreLists, difference }: TrialMeasure,
  { effect, trial }: Experiment,
  words: Texts,
  language: Language,
): string {
  const told = percent(effect, language, 0);
  if (verdict === "alike") return words.alike(told);
  if (verdict !== "open") return words.verdicts[verdict];
  if (trial.until !== null) return words.openOver;
  if (moreShoppers === null) return words.openEarly;
  const more = words.open(whole(moreShoppers, language), whole(moreLists, language), told);
  if (difference.p >= 1 - CONFIDENCE) return more;
  const leans = difference.mean > 0 ? words.leans.better : words.leans.worse;
  return `${leans} ${more}`;
}
