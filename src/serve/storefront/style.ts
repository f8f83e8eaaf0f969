import { colours } from "../pages/style.ts";

/** How the storefront looks: phone first, dark when the reader's system is, still when asked. */
const ground = `
${colours}
:root { --on-seal: #ffffff; --good: #2f6b3a; --shade: 0 1px 2px #221d1814, 0 8px 24px #221d180f; }
@media (prefers-color-scheme: dark) {
  :root { --on-seal: #2a100c; --good: #8fd19b; --shade: 0 1px 2px #0006; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 8rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans);
  -webkit-font-smoothing: antialiased;
}
[hidden] { display: none !important; }
a { color: inherit; text-underline-offset: .2em; text-decoration-color: var(--seal); }
a:hover { color: var(--seal); }
:focus-visible { outline: 3px solid var(--seal); outline-offset: 2px; border-radius: .25rem; }
main:focus { outline: none; }
ul, ol, dl, dd { margin: 0; padding: 0; list-style: none; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; }
h1 { margin: 0 0 .5rem; font-size: clamp(1.6rem, 4.4vw, 2.5rem); }
h2 { margin: 0 0 .9rem; font-size: clamp(1.2rem, 2.6vw, 1.5rem); }
.note { margin: .2rem 0; color: var(--soft); font-size: .92rem; }
.hush, .skip:not(:focus) {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
.skip:focus { position: fixed; z-index: 9; top: .5rem; left: .5rem; padding: .5rem 1rem;
  background: var(--sheet); }
.notice {
  margin: 1rem 0; padding: .8rem 1rem; border-radius: .7rem; background: var(--seal-soft);
}
button, select, input, textarea { font: inherit; color: inherit; }
select, input[type="search"], textarea {
  min-height: 2.75rem; padding: .45rem .8rem; border: 1px solid var(--soft); border-radius: .6rem;
  background: var(--sheet);
}
textarea { display: block; width: 100%; }
button, .main {
  display: inline-block; min-height: 2.75rem; padding: .55rem 1.1rem; border: 0;
  border-radius: .6rem; background: var(--seal); color: var(--on-seal); font-weight: 600;
  text-decoration: none; cursor: pointer;
}
button:hover, .main:hover { filter: brightness(1.08); }
.main:hover { color: var(--on-seal); }
.plain { border: 1px solid var(--soft); background: transparent; color: inherit; font-weight: 500; }
.plain[aria-pressed="true"] { border-color: var(--seal); color: var(--seal); }
.count {
  display: inline-block; min-width: 1.6em; padding: 0 .4em; border-radius: 1em;
  background: var(--seal-soft); color: var(--ink); font-size: .85em; text-align: center;
  font-variant-numeric: tabular-nums;
}`;

const frame = `
.head { position: sticky; z-index: 5; top: 0; background: var(--paper);
  border-bottom: 1px solid var(--line); }
.bar {
  display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; max-width: 84rem;
  margin: 0 auto; padding: .6rem 1rem;
}
.mark { font: 600 1.15rem/1 var(--serif); text-decoration: none; }
.seal { display: inline-block; margin-right: .25rem; padding: .2rem .4rem; border-radius: .3rem;
  background: #b3261e; color: #fff; letter-spacing: .05em; }
.find { order: 3; display: flex; flex: 1 1 100%; gap: .4rem; }
.find input { flex: 1; min-width: 0; }
.ways { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: center; margin-left: auto; }
.ways a { padding: .4rem 0; font-size: .92rem; text-decoration: none; }
.ways .who { max-width: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.swap { display: none; margin-left: .3rem; color: var(--soft); text-decoration: underline; }
.who::before { content: "●"; margin-right: .35rem; color: var(--seal); font-size: .7em; }
.departments ul {
  display: flex; gap: 1.25rem; max-width: 84rem; margin: 0 auto; padding: 0 1rem;
  overflow-x: auto; scrollbar-width: none;
}
.departments a { display: block; padding: .5rem 0; color: var(--soft); font-size: .92rem;
  white-space: nowrap; text-decoration: none; }
.departments a:hover { color: var(--seal); }
.room { max-width: 84rem; margin: 0 auto; padding: 0 1rem; }
.foot { margin-top: 3rem; padding: 2rem 1rem 6rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .92rem; text-align: center; }
.foot ul { display: flex; flex-wrap: wrap; justify-content: center; gap: .3rem 1.25rem; }
.foot a { display: inline-block; padding: .3rem 0; }
.toast {
  position: fixed; z-index: 8; left: 50%; bottom: 5rem; margin: 0; padding: .6rem 1.1rem;
  border-radius: 2rem; background: var(--ink); color: var(--paper); translate: -50% 0;
  opacity: 0; pointer-events: none; transition: opacity .3s;
}
.toast:empty { display: none; }
.toast.told { opacity: 1; }
@media (min-width: 48rem) {
  .find { order: 0; flex: 1 1 14rem; max-width: 34rem; }
  .ways .who { max-width: 22rem; }
  .swap { display: inline; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }`;

const shelves = `
.hero { margin: 1.25rem 0 .5rem; padding: clamp(1.1rem, 2.6vw, 1.8rem);
  border-radius: 1rem; background: var(--seal-soft); }
.hero h1 { font-size: clamp(1.5rem, 3.4vw, 2.1rem); }
.hero p { margin: 0; }
.page-head { margin: 1.5rem 0 1rem; }
.shelf { margin: 2rem 0; }
.cards { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .9rem;
  align-items: start; }
.card { position: relative; min-width: 0; padding: .55rem; border: 1px solid var(--line);
  border-radius: .9rem; background: var(--sheet); transition: border-color .6s; }
.card.fresh { border-color: var(--seal); }
.to-item { display: block; text-decoration: none; }
.to-item:hover .title { text-decoration: underline; }
.picture { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: cover;
  border-radius: .6rem; background: var(--line); }
.title { display: -webkit-box; margin-top: .5rem; overflow: hidden; font-size: .92rem;
  font-weight: 550; line-height: 1.35; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.price { display: block; margin-top: .2rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.price.sale { color: var(--seal); }
.price s { margin-left: .3rem; color: var(--soft); font-size: .88em; font-weight: 400; }
.why { margin-top: .35rem; border-top: 1px solid var(--line); font-size: .84rem; }
.why summary { padding: .4rem 0 .1rem; color: var(--soft); line-height: 1.35; cursor: pointer;
  list-style: none; }
.why summary::-webkit-details-marker { display: none; }
.why .reason { display: -webkit-box; overflow: hidden; -webkit-line-clamp: 3;
  -webkit-box-orient: vertical; }
.why .reason::before { content: "i"; display: inline-block; width: 1.25em; margin-right: .4em;
  border: 1px solid currentColor; border-radius: 50%; color: var(--seal);
  font: 600 .8em/1.25 var(--serif); text-align: center; }
.why[open] .reason { -webkit-line-clamp: none; }
.because { padding: .3rem 0 .2rem; }
.because .ask { margin: .3rem 0; font-weight: 650; }
.because ul { margin: 0 0 .5rem; padding-left: 1.1em; list-style: disc; }
.because dl > div, .live dl > div { display: flex; flex-wrap: wrap; justify-content: space-between;
  gap: 0 .6rem; padding: .15rem 0; border-top: 1px dotted var(--line); }
.because dt { color: var(--soft); }
.because dd { min-width: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
meter { width: 3.5rem; height: .7rem; vertical-align: -.05em; }
meter::-webkit-meter-bar { height: .45rem; border: 0; border-radius: 1rem; background: var(--line); }
meter::-webkit-meter-optimum-value { border-radius: 1rem; background: var(--seal); }
meter::-moz-meter-bar { border-radius: 1rem; background: var(--seal); }
.tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .9rem; }
.tiles a { display: block; overflow: hidden; border: 1px solid var(--line); border-radius: .9rem;
  background: var(--sheet); font-weight: 600; text-decoration: none; }
.tiles .picture { border-radius: 0; aspect-ratio: 3 / 2; }
.tiles span:last-child { display: block; padding: .6rem .8rem; }
.chips { display: flex; flex-wrap: wrap; justify-content: center; gap: .5rem; }
.chips a { display: block; padding: .35rem .9rem; border: 1px solid var(--line);
  border-radius: 2rem; background: var(--sheet); text-decoration: none; }
.empty { margin: 2rem auto; max-width: 44rem; padding: 1rem; text-align: center; }
@media (min-width: 40rem) { .cards, .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (min-width: 60rem) {
  .cards, .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1.1rem; }
  .card { padding: .8rem; }
  [data-live] .room { display: grid; grid-template-columns: minmax(0, 1fr) 22rem; gap: 1.5rem; }
  [data-live] .cards { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}`;

const pages = `
.browse { display: grid; gap: 1rem; }
.facets { align-self: start; padding: .8rem 1rem; border: 1px solid var(--line);
  border-radius: .9rem; background: var(--sheet); }
.facets summary { font-weight: 600; cursor: pointer; }
.facets h2 { margin: .9rem 0 .2rem; font: 600 .88rem var(--sans); color: var(--soft); }
.facets ul { display: flex; flex-wrap: wrap; gap: .1rem .9rem; }
.facets a { display: inline-block; padding: .3rem 0; font-size: .92rem; text-decoration: none; }
.facets [aria-current] { color: var(--seal); font-weight: 650; }
.order { display: flex; justify-content: flex-end; align-items: center; gap: .5rem;
  margin-bottom: .9rem; }
.scripted [data-auto] button { display: none; }
.pager { display: flex; align-items: center; justify-content: center; gap: 1.5rem; margin: 1.5rem 0; }
.pager a { padding: .5rem; }
.crumbs ol { display: flex; flex-wrap: wrap; gap: .2rem .5rem; margin: 1rem 0; font-size: .9rem;
  color: var(--soft); }
.crumbs li + li::before { content: "/"; margin-right: .5rem; }
.item { display: grid; gap: 1.25rem; }
.gallery .picture { border: 1px solid var(--line); border-radius: 1rem; }
.buy .brand { margin: 0; color: var(--soft); }
.buy h1 { font-size: clamp(1.4rem, 3.2vw, 2rem); }
.buy h2 { margin: 1.25rem 0 .3rem; font-size: 1.1rem; }
.summary { margin: 0; font-size: .92rem; }
.stars { color: var(--seal); letter-spacing: .08em; white-space: nowrap; }
.faint { color: var(--line); }
.prices { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem 1rem; margin: .8rem 0;
  font-size: 1.35rem; }
.stock { color: var(--good); font-size: .95rem; }
.stock.few, .stock.none { color: var(--seal); font-weight: 600; }
.variants ul { display: flex; flex-wrap: wrap; gap: .5rem; }
.variants a { display: flex; align-items: center; gap: .5rem; padding: .3rem .8rem .3rem .3rem;
  border: 1px solid var(--line); border-radius: .7rem; background: var(--sheet); font-size: .92rem;
  text-decoration: none; }
.variants .picture { width: 2.6rem; }
.variants [aria-current] { border-color: var(--seal); box-shadow: inset 0 0 0 1px var(--seal); }
.variants .out span:last-child { text-decoration: line-through; }
.acts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.acts form { display: flex; gap: .5rem; }
.reviews ul { display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.reviews li { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .8rem;
  background: var(--sheet); }
.reviews p { margin: .3rem 0 0; }
.write { margin-top: 1rem; }
.write summary { padding: .4rem 0; font-weight: 600; cursor: pointer; }
.write form { display: grid; gap: .9rem; max-width: 36rem; margin-top: .6rem; }
.write button { justify-self: start; }
fieldset { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: 0; padding: .6rem 1rem;
  border: 1px solid var(--line); border-radius: .7rem; }
.till { display: grid; gap: 1.25rem; }
.lines { display: grid; gap: .8rem; align-content: start; }
.lines li { display: grid; grid-template-columns: 5rem minmax(0, 1fr) auto; gap: .9rem;
  padding: .8rem; border: 1px solid var(--line); border-radius: .9rem; background: var(--sheet); }
.lines .title { margin: 0; }
.lines .acts { margin: .5rem 0 0; }
.short { margin: .3rem 0; color: var(--seal); font-weight: 600; }
.totals { align-self: start; padding: 1rem 1.25rem; border: 1px solid var(--line);
  border-radius: .9rem; background: var(--sheet); }
.totals dl > div { display: flex; justify-content: space-between; padding: .25rem 0; }
.totals dd { font-variant-numeric: tabular-nums; }
.totals .all { border-top: 1px solid var(--line); font-size: 1.2rem; font-weight: 650; }
.totals .main { display: block; width: 100%; margin-top: .8rem; text-align: center; }
.people { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); }
.people li { display: flex; flex-direction: column; gap: .5rem; padding: 1rem;
  border: 1px solid var(--line); border-radius: .9rem; background: var(--sheet); }
.people h2, .people p { margin: 0; }
.people form { margin-top: auto; }
.is-you { color: var(--seal); font-weight: 600; }
.strip { display: flex; gap: .3rem; }
.strip .picture { width: 3rem; border-radius: .4rem; }
@media (min-width: 48rem) {
  .item { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 2rem; }
  .till { grid-template-columns: minmax(0, 1fr) 20rem; }
  .browse { grid-template-columns: 14rem minmax(0, 1fr); }
  .facets ul { display: grid; }
  .results .cards { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}`;

const panel = `
.watch { position: fixed; z-index: 7; right: 1rem; bottom: 1rem; border-radius: 2rem;
  box-shadow: var(--shade); }
[data-live] .watch { display: none; }
.dot { display: inline-block; width: .6rem; height: .6rem; margin-right: .5rem; border-radius: 50%;
  background: currentColor; }
.live { position: fixed; z-index: 6; inset: auto 0 0; max-height: 62vh; padding: 1rem 1rem 5rem;
  overflow-y: auto; border-top: 2px solid var(--seal); background: var(--sheet);
  box-shadow: var(--shade); font-size: .92rem; }
.live-head { display: flex; justify-content: space-between; align-items: start; }
.live h2 { margin: 0; }
.live h3 { margin: 1.1rem 0 .3rem; font: 600 .92rem var(--sans); color: var(--soft); }
.live h4 { margin: .5rem 0 .2rem; font-size: .88rem; }
.live .close { min-width: 2.75rem; padding: 0; background: none; color: inherit; font-size: 1.5rem; }
.live dd { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.live [data-events] li { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: .3rem 0; border-top: 1px dotted var(--line); }
.live time { margin-right: .4rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.live .of-exposure, .live .of-list_view, .live .of-page_view { color: var(--soft); }
.live .turn { margin: .4rem 0 .9rem; }
.live .turn p { margin: .2rem 0; font-weight: 600; }
.live .turn .strip { align-items: center; padding: .1rem 0; }
.live .turn .strip span { flex: 0 0 2.9rem; color: var(--soft); font-size: .85rem; }
.live .turn .strip { gap: .2rem; }
.live .turn .picture { flex: 0 1 1.9rem; width: 1.9rem; min-width: 0; }
.live .turn .fresh { outline: 2px solid var(--seal); }
@media (min-width: 60rem) {
  .live { position: sticky; top: 7.5rem; align-self: start; max-height: calc(100vh - 8.5rem);
    margin-top: 1.25rem; padding-bottom: 1.5rem; border: 1px solid var(--line);
    border-radius: 1rem; }
}`;

export const stylesheet: string = [ground, frame, shelves, pages, panel].join("\n").trimStart();
