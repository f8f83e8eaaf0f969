/**
 * A drawing for each leaf on a field of 200 by 200, as SVG elements. `{c}` is the item's colour,
 * `{d}` a darker one, `{l}` a lighter one, `{a}` the brand's accent.
 */
export const shapes: Readonly<Record<string, string>> = {
  dresses:
    '<path fill="{c}" d="M80 34l8 6q12 10 24 0l8-6 10 14-12 36q34 40 32 82-50 14-100 0-2-42 32-82L70 48z"/><path fill="{d}" d="M82 84h36l3 9H79z"/><path stroke="{l}" stroke-width="2" fill="none" d="M92 98q-14 34-14 70m30-70q14 34 14 70"/>',
  shirts:
    '<path fill="{c}" d="M74 40l26 14 26-14 38 22-14 36-16-7v75H66V91l-16 7-14-36z"/><path fill="{l}" d="M78 42l22 26 22-26-22 12z"/><path stroke="{d}" stroke-width="2" d="M100 68v98"/><g fill="{d}"><circle cx="100" cy="88" r="3"/><circle cx="100" cy="112" r="3"/><circle cx="100" cy="136" r="3"/></g>',
  jackets:
    '<path fill="{c}" d="M72 36q28 14 56 0l36 26 6 92-24 4-6-52v66H60v-66l-6 52-24-4 6-92z"/><path stroke="{d}" stroke-width="3" fill="none" d="M100 44v128M62 88h76M62 112h76M62 136h76"/><path fill="{a}" d="M74 36q26 24 52 0l4 10q-30 24-60 0z"/>',
  trousers:
    '<path fill="{c}" d="M66 34h68l10 136h-30L100 86 86 170H56z"/><path fill="{d}" d="M66 34h68l1 12H65z"/><path stroke="{l}" stroke-width="2" d="M100 46v38M74 50l-6 20m58-20l6 20"/>',
  sneakers:
    '<path fill="{c}" d="M34 86q26 10 40-12l62 40q30 4 32 22v8H34z"/><path fill="{l}" d="M32 140h138v10q0 6-8 6H40q-8 0-8-6z"/><path stroke="{d}" stroke-width="4" d="M82 92l14-10m0 20l14-10m0 20l14-10"/><path fill="{a}" d="M40 112l44 12-44 8z"/>',
  bags: '<path stroke="{d}" stroke-width="7" fill="none" d="M70 84V66q0-30 30-30t30 30v18"/><path fill="{c}" d="M46 80h108l10 88H36z"/><path fill="{d}" d="M44 98h112l2 6H43z"/><circle cx="100" cy="118" r="8" fill="{a}"/>',
  serums:
    '<path fill="{d}" d="M90 26h20v28H90z"/><path fill="{l}" d="M84 52h32v16H84z"/><rect x="66" y="68" width="68" height="100" rx="12" fill="{c}"/><rect x="76" y="96" width="48" height="46" rx="3" fill="#fff" opacity=".85"/><path fill="{a}" d="M100 104q14 18 0 28-14-10 0-28z"/>',
  lipsticks:
    '<path fill="{c}" d="M84 88V50l32-18v56z"/><rect x="80" y="86" width="40" height="26" fill="#d9c28a"/><rect x="74" y="110" width="52" height="58" rx="4" fill="#2c2a30"/><path fill="{l}" opacity=".5" d="M90 52l6-3v36h-6z"/>',
  shampoos:
    '<path fill="{d}" d="M94 30h36v8h-18v16H94z"/><rect x="84" y="52" width="32" height="12" fill="{l}"/><path fill="{c}" d="M66 80q0-16 16-16h36q16 0 16 16v80q0 10-10 10H76q-10 0-10-10z"/><rect x="74" y="98" width="52" height="44" rx="4" fill="#fff" opacity=".85"/><path fill="{a}" d="M84 130q4-26 32-26-2 26-32 26z"/>',
  sunscreens:
    '<path fill="{c}" d="M72 34h56l-6 114H78z"/><rect x="78" y="146" width="44" height="24" rx="4" fill="{d}"/><circle cx="100" cy="84" r="15" fill="#f6b83c"/><path stroke="#f6b83c" stroke-width="4" d="M100 58v6m0 40v6M74 84h6m40 0h6M82 66l4 4m28 28l4 4m0-36l-4 4M86 98l-4 4"/>',
  perfumes:
    '<rect x="88" y="30" width="24" height="26" rx="3" fill="#c9a95f"/><rect x="93" y="54" width="14" height="12" fill="{d}"/><rect x="58" y="66" width="84" height="102" rx="10" fill="{l}"/><rect x="66" y="92" width="68" height="70" rx="6" fill="{c}" opacity=".8"/><rect x="80" y="108" width="40" height="26" fill="#fff" opacity=".8"/>',
  phones:
    '<rect x="62" y="26" width="76" height="148" rx="14" fill="{d}"/><rect x="68" y="34" width="64" height="132" rx="8" fill="{l}"/><path fill="{c}" d="M68 112q32-34 64 6v40q0 8-8 8H76q-8 0-8-8z"/><circle cx="112" cy="66" r="12" fill="{a}"/><rect x="90" y="38" width="20" height="5" rx="2" fill="{d}"/>',
  "phone-cases":
    '<rect x="60" y="26" width="80" height="148" rx="16" fill="{c}"/><rect x="68" y="34" width="44" height="40" rx="10" fill="{d}"/><g fill="{l}"><circle cx="80" cy="46" r="7"/><circle cx="100" cy="46" r="7"/><circle cx="80" cy="63" r="6"/></g><circle cx="100" cy="122" r="24" fill="none" stroke="{l}" stroke-width="5"/>',
  headphones:
    '<path fill="none" stroke="{d}" stroke-width="10" d="M46 120v-14a54 54 0 0 1 108 0v14"/><rect x="32" y="108" width="30" height="54" rx="13" fill="{c}"/><rect x="138" y="108" width="30" height="54" rx="13" fill="{c}"/><path fill="{a}" d="M60 114h8v42h-8zM132 114h8v42h-8z"/>',
  chargers:
    '<rect x="56" y="52" width="88" height="112" rx="14" fill="{c}"/><path fill="{d}" d="M80 30h8v22h-8zM112 30h8v22h-8z"/><path fill="{a}" d="M106 74l-24 38h16l-6 32 26-42h-17z"/>',
  watches:
    '<path fill="{d}" d="M76 24h48l6 44H70zM76 176h48l6-44H70z"/><rect x="58" y="58" width="84" height="84" rx="22" fill="{c}"/><rect x="66" y="66" width="68" height="68" rx="16" fill="#1d2026"/><path stroke="{a}" stroke-width="5" fill="none" d="M78 104h10l7-18 10 30 7-12h10"/>',
  bedding:
    '<rect x="30" y="58" width="140" height="60" rx="8" fill="{d}"/><rect x="42" y="76" width="50" height="30" rx="10" fill="#fff"/><rect x="108" y="76" width="50" height="30" rx="10" fill="#fff"/><path fill="{c}" d="M28 104q72-14 144 0v46H28z"/><path stroke="{l}" stroke-width="3" fill="none" d="M28 118q72-14 144 0"/><path fill="{d}" d="M34 150h10v16H34zM156 150h10v16h-10z"/>',
  lamps:
    '<path fill="#fbe7a8" opacity=".7" d="M60 88h80l26 78H34z"/><path fill="{c}" d="M78 36h44l22 56H56z"/><path fill="{d}" d="M96 92h8v66h-8z"/><ellipse cx="100" cy="162" rx="34" ry="8" fill="{d}"/><path fill="{l}" opacity=".5" d="M84 40h8L78 90h-10z"/>',
  cookware:
    '<path fill="{c}" d="M38 90h110v38q0 30-30 30H68q-30 0-30-30z"/><rect x="30" y="78" width="126" height="14" rx="6" fill="{d}"/><rect x="146" y="84" width="44" height="10" rx="5" fill="#6b4b35"/><path fill="{l}" d="M50 100h10v36q-10-6-10-14z" opacity=".6"/><path stroke="{a}" stroke-width="4" fill="none" d="M72 66q-8-10 0-18t0-18m28 36q-8-10 0-18t0-18"/>',
  mugs: '<path fill="none" stroke="{d}" stroke-width="10" d="M134 86h12q18 0 18 22t-18 22h-12"/><path fill="{c}" d="M46 66h92v78q0 20-20 20H66q-20 0-20-20z"/><ellipse cx="92" cy="66" rx="46" ry="10" fill="{d}"/><path fill="{l}" d="M54 110h76v12H54z" opacity=".7"/><path stroke="{a}" stroke-width="4" fill="none" d="M80 48q-6-8 0-14m24 14q-6-8 0-14"/>',
  candles:
    '<path fill="#f9b233" d="M100 28q18 22 0 38-18-16 0-38z"/><path stroke="#444" stroke-width="3" d="M100 60v22"/><rect x="60" y="80" width="80" height="88" rx="8" fill="{c}"/><ellipse cx="100" cy="82" rx="40" ry="9" fill="{l}"/><rect x="74" y="108" width="52" height="36" rx="3" fill="#fff" opacity=".85"/><path fill="{a}" d="M86 126h28v4H86z"/>',
  "green-tea":
    '<rect x="54" y="56" width="92" height="112" rx="6" fill="{c}"/><rect x="50" y="42" width="100" height="22" rx="6" fill="{d}"/><circle cx="100" cy="116" r="32" fill="#f7f4e6"/><path fill="#5f9147" d="M100 138q-26-14-12-40 4 12 12 18 0-16 18-22 6 30-18 44z"/>',
  "dark-tea":
    '<circle cx="100" cy="104" r="64" fill="{c}"/><circle cx="100" cy="104" r="54" fill="none" stroke="{l}" stroke-width="3"/><circle cx="100" cy="104" r="24" fill="#f3e9d6"/><path fill="#7a3b24" d="M92 90h16v28H92z"/><path stroke="{d}" stroke-width="3" d="M100 40v26m0 76v26M36 104h26m76 0h26"/>',
  coffee:
    '<path fill="{c}" d="M58 50h84l6 118H52z"/><path fill="{d}" d="M58 34h84v18H58z"/><ellipse cx="100" cy="112" rx="26" ry="34" fill="#5a3623"/><path stroke="#c79a6b" stroke-width="4" fill="none" d="M104 80q-18 32 0 64"/>',
  honey:
    '<rect x="66" y="36" width="68" height="22" rx="5" fill="#8a6234"/><path fill="#eba72f" d="M58 74q0-16 16-16h52q16 0 16 16v80q0 14-14 14H72q-14 0-14-14z"/><path fill="#fff6dc" d="M100 84l28 16v32l-28 16-28-16v-32z"/><path fill="{a}" d="M100 98l15 9v18l-15 9-15-9v-18z"/>',
  nuts: '<path fill="{c}" d="M52 44h96l8 122H44z"/><path fill="{d}" d="M52 34l8 10 8-10 8 10 8-10 8 10 8-10 8 10 8-10 8 10 8-10 8 10 8-10v14H52z"/><g fill="#b9824a"><ellipse cx="84" cy="112" rx="16" ry="22" transform="rotate(-20 84 112)"/><ellipse cx="116" cy="120" rx="16" ry="22" transform="rotate(25 116 120)"/></g><path stroke="#7e5427" stroke-width="2" fill="none" d="M78 94q10 20 12 36m16-30q8 22 16 34"/>',
  "running-shoes":
    '<path fill="{c}" d="M30 98q20 4 34-24l18-4 54 46q34 6 36 24H30z"/><path fill="{l}" d="M26 138h148q2 22-22 22H50q-24 0-24-22z"/><path fill="{a}" d="M64 136l34-38 12 10-22 28z"/><path stroke="{d}" stroke-width="4" d="M84 86l14-8m-2 20l14-8"/><path stroke="{a}" stroke-width="4" d="M8 108h20M4 124h22"/>',
  "yoga-mats":
    '<rect x="64" y="84" width="118" height="64" fill="{c}"/><circle cx="64" cy="116" r="32" fill="{d}"/><circle cx="64" cy="116" r="23" fill="{c}"/><circle cx="64" cy="116" r="14" fill="{d}"/><circle cx="64" cy="116" r="6" fill="{l}"/><path fill="{a}" d="M104 84h8v64h-8zM150 84h8v64h-8z"/>',
  tents:
    '<path fill="{c}" d="M100 40l80 122H20z"/><path fill="{d}" d="M100 40l-34 122h68z"/><path fill="#22262c" d="M100 84l-18 78h36z"/><path stroke="{a}" stroke-width="4" fill="none" d="M100 40l-6-14m6 14l6-14M20 162H8m172 0h12"/>',
  backpacks:
    '<path fill="none" stroke="{d}" stroke-width="8" d="M82 46q0-18 18-18t18 18"/><path fill="{c}" d="M54 84q0-42 46-42t46 42v72q0 14-14 14H68q-14 0-14-14z"/><rect x="66" y="112" width="68" height="44" rx="8" fill="{d}"/><path stroke="{a}" stroke-width="4" d="M74 126h52"/><path stroke="{l}" stroke-width="3" fill="none" d="M66 88q34-14 68 0"/>',
  bottles:
    '<rect x="86" y="22" width="28" height="22" rx="5" fill="{d}"/><path fill="{c}" d="M82 44h36v16q16 8 16 26v74q0 12-12 12H78q-12 0-12-12V86q0-18 16-26z"/><path fill="{l}" opacity=".6" d="M76 92h10v66H76z"/><path fill="{a}" d="M66 118h68v10H66z"/>',
  "cat-food":
    '<path fill="{c}" d="M50 42h100l8 128H42z"/><path fill="{d}" d="M50 30h100v14H50z"/><path fill="#fff" d="M70 80l16 14q14-6 28 0l16-14v36q0 30-30 30t-30-30z"/><circle cx="88" cy="114" r="5" fill="#333"/><circle cx="112" cy="114" r="5" fill="#333"/><path fill="{a}" d="M95 126h10l-5 6z"/>',
  "toy-blocks":
    '<rect x="34" y="108" width="60" height="56" rx="5" fill="{c}"/><rect x="104" y="108" width="60" height="56" rx="5" fill="{a}"/><rect x="68" y="50" width="60" height="56" rx="5" fill="{d}"/><circle cx="64" cy="136" r="14" fill="{l}"/><path fill="#fff" opacity=".85" d="M134 122l14 26h-28zM84 64h28v28H84z"/>',
  "baby-care":
    '<rect x="84" y="28" width="32" height="14" rx="6" fill="{d}"/><rect x="92" y="40" width="16" height="16" fill="{l}"/><path fill="{c}" d="M62 84q0-28 38-28t38 28v74q0 12-12 12H74q-12 0-12-12z"/><circle cx="100" cy="114" r="24" fill="#fff" opacity=".9"/><path fill="{a}" d="M100 130q-20-14-14-24t14 0q8-10 14 0t-14 24z"/>',
};
