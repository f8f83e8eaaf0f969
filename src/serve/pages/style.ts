/** Paper and ink with a seal's red; dark when the reader's system is. */
export const colours: string = `
:root {
  --paper: #faf6ef; --sheet: #ffffff; --ink: #221d18; --soft: #6b6157; --line: #e6ddd0;
  --seal: #b3261e; --seal-soft: #f6e3df; --code: #f3ede3;
  --sans: system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans CJK SC",
    "Noto Sans SC", "Microsoft YaHei", sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Georgia, "Songti SC", "Noto Serif CJK SC",
    "Noto Serif SC", serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171412; --sheet: #211d1a; --ink: #f2ece4; --soft: #a99e92; --line: #3a332d;
    --seal: #ff8a7a; --seal-soft: #3b2320; --code: #1c1917;
  }
}
`.trim();

/** How our pages look. */
export const stylesheet: string = `
${colours}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 var(--sans); -webkit-font-smoothing: antialiased;
}
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.25rem; }
.bar { display: flex; align-items: center; justify-content: space-between; }
a { color: inherit; text-underline-offset: .2em; text-decoration-color: var(--seal); }
a:hover { color: var(--seal); }
:focus-visible { outline: 2px solid var(--seal); outline-offset: 3px; border-radius: .2rem; }
.mark { font-weight: 650; text-decoration: none; letter-spacing: .01em; }
.seal {
  display: inline-block; margin-right: .4rem; padding: .1rem .35rem; border-radius: .3rem;
  background: #b3261e; color: #fff; font-family: var(--serif); letter-spacing: .05em;
}
.language { color: var(--soft); font-size: .9rem; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { margin: 2.5rem 0 1rem; max-width: 22ch; font-size: clamp(1.9rem, 5.2vw, 3.2rem); }
:lang(zh) h1 { max-width: none; letter-spacing: .02em; word-break: keep-all; }
:lang(zh) h1, :lang(zh) p { overflow-wrap: anywhere; }
h2 { margin: 3rem 0 .25rem; font-size: clamp(1.35rem, 3vw, 1.8rem); }
h2 + p { margin: 0 0 1.25rem; color: var(--soft); }
h3 { margin: 0; font-size: .95rem; font-family: var(--mono); font-weight: 500; }
h4 { margin: 0 0 .5rem; font-size: .8rem; font-weight: 500; color: var(--soft); }
ul, ol, dl, dd { margin: 0; padding: 0; list-style: none; }
.flow { display: flex; flex-wrap: wrap; gap: .25rem 0; color: var(--soft); font-size: .95rem; }
.flow li + li::before { content: "→"; margin: 0 .6rem; color: var(--seal); }
.facts {
  display: grid; grid-template-columns: repeat(4, 1fr); margin-top: 2rem;
  border: 1px solid var(--line); border-radius: .8rem; background: var(--sheet); overflow: hidden;
}
.facts div { padding: 1rem 1.25rem; border-left: 1px solid var(--line); }
.facts div:first-child { border-left: 0; }
.facts dd {
  font-size: clamp(1rem, 1.9vw, 1.3rem); font-weight: 600; line-height: 1.25;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
.facts dt { color: var(--soft); font-size: .85rem; }
.notice, .empty {
  margin-top: 1.5rem; padding: 1rem 1.25rem; border-radius: .8rem; background: var(--seal-soft);
}
.empty h2 { margin-top: 0; }
.empty p { margin: 0; color: inherit; }
.shopper {
  display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: .75rem 1.75rem; margin-bottom: 1rem;
  padding: 1.25rem; border: 1px solid var(--line); border-radius: .8rem; background: var(--sheet);
}
.shopper h3 { grid-column: 1 / -1; overflow-wrap: anywhere; }
.shopper h3::before { content: ""; display: inline-block; width: .5rem; height: .5rem;
  margin-right: .5rem; border-radius: 50%; background: var(--seal); vertical-align: .1em; }
.lately ul { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; }
.list ul { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 1rem; }
.picture {
  display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: cover;
  border-radius: .55rem; background: var(--line);
}
.card { display: flex; flex-direction: column; gap: .15rem; min-width: 0; }
.card .picture { margin-bottom: .35rem; }
.card strong {
  font-size: .9rem; font-weight: 550; line-height: 1.35; overflow: hidden;
  display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
}
.price { font-size: .9rem; font-variant-numeric: tabular-nums; }
.reason { color: var(--seal); font-size: .8rem; line-height: 1.4; }
figure { margin: 0 0 1rem; }
figcaption { margin-bottom: .35rem; font-size: .9rem; color: var(--soft); }
pre {
  margin: 0; padding: .85rem 1rem; overflow-x: auto; border: 1px solid var(--line);
  border-radius: .6rem; background: var(--code); font: .82rem/1.6 var(--mono);
}
pre code { user-select: all; -webkit-user-select: all; white-space: pre; }
code { font-family: var(--mono); }
footer {
  display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: 2.5rem 1.25rem; color: var(--soft);
  font-size: .9rem;
}
.narrow { max-width: 40rem; padding-top: 3rem; }
.narrow h1 { margin-top: .25rem; }
.eyebrow { margin: 0; color: var(--seal); font-variant-numeric: tabular-nums; }
@media (max-width: 60rem) {
  .shopper { grid-template-columns: minmax(0, 1fr); }
  .lately ul { grid-template-columns: repeat(4, minmax(0, 5rem)); }
}
@media (max-width: 45rem) {
  .facts { grid-template-columns: 1fr 1fr; }
  .facts div { border-left: 0; border-top: 1px solid var(--line); }
  .facts div:nth-child(-n + 2) { border-top: 0; }
  .facts div:nth-child(even) { border-left: 1px solid var(--line); }
  h1 { margin-top: 1.75rem; }
  .list ul {
    display: flex; gap: .85rem; margin: 0 -1.25rem; padding: 0 1.25rem .5rem;
    overflow-x: auto; scroll-snap-type: x proximity; scroll-padding: 0 1.25rem;
  }
  .list li { flex: 0 0 9.5rem; scroll-snap-align: start; }
}
`.trimStart();

export const icon: string = [
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
  '<rect width="32" height="32" rx="7" fill="#b3261e"/>',
  '<path d="M7 12h18v13H7z" fill="none" stroke="#fff" stroke-width="2.4"/>',
  '<path d="M5.5 12 8 6.5h16l2.5 5.5M13 25v-7h6v7" fill="none" stroke="#fff"',
  ' stroke-width="2.4" stroke-linejoin="round"/></svg>',
].join("");
