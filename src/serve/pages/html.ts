/** Pages as text, with everything from outside escaped. No framework, no inline script or style. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | readonly Html[];

/** A template whose values are escaped unless they are themselves made by it. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] ?? "";
  parts.forEach((part, index) => {
    markup += render(part) + (strings[index + 1] ?? "");
  });
  return { markup };
}

function render(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  if ("markup" in part) return part.markup;
  return part.map((piece) => piece.markup).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "");

export interface PageParts {
  readonly title: string;
  readonly language: "en" | "zh";
  readonly body: Html;
}

export function page({ title, language, body }: PageParts): string {
  return html`<!doctype html>
<html lang="${language === "zh" ? "zh-Hans" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Shopkeeper</title>
<link rel="stylesheet" href="/welcome.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
${body}
</body>
</html>
`.markup;
}
