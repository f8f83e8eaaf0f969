import {
  Alert,
  Badge,
  type CSSVariablesResolver,
  createTheme,
  type MantineThemeOverride,
} from "@mantine/core";

/** Paper and ink with a seal's red, the colours of our other pages; dark where the reader asks. */
const seal = [
  "#fdf0ee",
  "#f8dcd8",
  "#f1b6af",
  "#e98e84",
  "#e36b5f",
  "#dc5347",
  "#cf4438",
  "#bf3a2f",
  "#b3261e",
  "#8f1d17",
] as const;

export const theme: MantineThemeOverride = createTheme({
  primaryColor: "seal",
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  defaultRadius: "md",
  colors: { seal },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: {
    fontWeight: "600",
    fontFamily:
      '"Iowan Old Style", "Palatino Linotype", Georgia, "Songti SC", "Noto Serif CJK SC", serif',
  },
  components: {
    // What is tinted keeps the page's ink, which is readable on every tint in both schemes.
    Alert: Alert.extend({
      vars: (_theme, { variant }) => ({
        root: variant === "light" ? { "--alert-color": "var(--mantine-color-text)" } : {},
      }),
    }),
    Badge: Badge.extend({
      vars: (_theme, { variant }) => ({
        root: variant === "light" ? { "--badge-color": "var(--mantine-color-text)" } : {},
      }),
    }),
  },
  cursorType: "pointer",
  respectReducedMotion: true,
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#faf6ef",
    "--mantine-color-text": "#221d18",
    "--mantine-color-dimmed": "#635a50",
    "--mantine-color-default": "#ffffff",
    "--mantine-color-default-border": "#e6ddd0",
    "--sheet": "#ffffff",
    "--line": "#e6ddd0",
  },
  dark: {
    "--mantine-color-body": "#171412",
    "--mantine-color-text": "#f2ece4",
    "--mantine-color-dimmed": "#b3a89c",
    "--mantine-color-default": "#211d1a",
    "--mantine-color-default-border": "#3a332d",
    "--sheet": "#211d1a",
    "--line": "#3a332d",
  },
});
