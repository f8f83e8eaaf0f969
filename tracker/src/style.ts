/** Quiet by default: it takes the page's own font and colour, and can be told otherwise by parts. */
export const style = `
:host{display:block;container-type:inline-size}
:host([hidden]){display:none}
h2{font:inherit;font-size:1.25em;font-weight:600;margin:0 0 .75em}
ul{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(9em,1fr);gap:var(--shopkeeper-gap,1em);
margin:0;padding:4px;list-style:none;overflow-x:auto;scroll-snap-type:x proximity}
li{display:flex;flex-direction:column;gap:.25em;scroll-snap-align:start;min-width:0}
a,div{display:flex;flex-direction:column;gap:.25em;color:inherit;text-decoration:none}
a:hover .title{text-decoration:underline}
a:focus-visible{outline:2px solid currentColor;outline-offset:2px}
.picture{display:block;aspect-ratio:1;background:#8882;border-radius:var(--shopkeeper-radius,8px);overflow:hidden}
img{width:100%;height:100%;object-fit:cover}
.title{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.price{font-weight:600}
.why{font-size:.8125em;opacity:.8}
.line{height:1em;border-radius:4px;background:#8882}
[aria-busy=true] li{animation:breathe 1.6s ease-in-out infinite}
@keyframes breathe{50%{opacity:.5}}
@media(prefers-reduced-motion:reduce){[aria-busy=true] li{animation:none}}
`;
