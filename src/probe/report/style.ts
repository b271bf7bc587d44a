/** The style of the page: light and dark mode, phones, print. Its hash is in the page's policy. */

const LIGHT =
  '--ink:#1a1d21;--page:#fff;--line:#d5d9de;--soft:#5b636d;--good:#126b32;--bad:#a31621;--doubt:#8a5a00;--bar:#3b6ea5;--press:#e3ecf6'
const DARK =
  '--ink:#e6e8eb;--page:#15181c;--line:#3a4048;--soft:#a0a8b2;--good:#6fd08c;--bad:#ff8a80;--doubt:#f0b95a;--bar:#4f86c0;--press:#22344a'

const BASE = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main,footer{max-width:74rem;margin:auto;padding:1rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .75rem;text-wrap:balance}
h2{margin:2rem 0 .5rem}h3{margin:1.25rem 0 .25rem;font-size:1rem}
h2,h3,caption{break-after:avoid}
.good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}
small,figcaption,footer,.legend,.at-init td,.at-init th{color:var(--soft)}
small,figcaption,footer,.legend{font-size:.8125rem;line-height:1.4}
.first ul{padding-left:1.1rem;margin:0 0 1rem}
.first li{margin:.2rem 0}
.note{border-left:4px solid var(--doubt);padding-left:.75rem}
table{border-collapse:collapse;width:100%}
caption{text-align:left;font-weight:600}
th,td{text-align:left;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr>:last-child{padding-right:0}
sup{line-height:0}code{white-space:nowrap}
.facts th{white-space:nowrap}.facts td{width:100%;overflow-wrap:anywhere}
.number{text-align:right;font-variant-numeric:tabular-nums}
tbody:not(.at-init) .number,.number small{white-space:nowrap}
`

const PICTURES = `
figure{margin:0}
img{display:block;max-width:100%;height:auto;image-rendering:pixelated;background:#000}
figcaption{padding:.4rem 0}
figcaption b{display:block;color:var(--ink)}
.noise{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;margin-top:.5rem}
.noise img{width:141px}.noise figcaption{width:141px}
.several{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start;align-content:flex-start}
.several figure{max-width:372px}
.several .noise{width:100%;margin:0}
@media (min-width:56rem){
.first{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,558px);gap:2rem}
.first.several-networks{grid-template-columns:minmax(18rem,1fr) minmax(0,760px)}
}
@media (min-width:90rem){
main,footer{max-width:88rem}
.first{grid-template-columns:minmax(0,1fr) minmax(0,744px)}
}
`

const STAGES = `
.wide{overflow-x:auto}
.cards{font-size:.9375rem}
.cards thead th{vertical-align:bottom;line-height:1.25}
.cards tbody th{position:sticky;left:0;background:var(--page)}
.cards td small{display:block}
.at-init td,.at-init th{font-size:.8125rem;line-height:1.3;font-weight:400}
svg{display:block;overflow:visible;max-width:100%}
svg text{font-size:10px;fill:var(--soft);text-anchor:middle}
.bars{fill:var(--bar)}
.curve{fill:none;stroke:var(--ink);stroke-width:1.25}
.axis{fill:none;stroke:var(--soft)}
.solid,.outline{display:inline-block;width:1.25rem;height:.6rem}
.solid{background:var(--bar)}.outline{border:1.25px solid var(--ink);border-bottom:0;border-radius:.6rem .6rem 0 0}
details{margin:.5rem 0}
summary{cursor:pointer;width:fit-content}
dl{display:grid;grid-template-columns:max-content minmax(0,45rem);gap:.25rem 1rem;margin:.5rem 0}
dt{font-weight:600}dd{margin:0}
`

const FATES = `
#tensors summary{font-weight:600}
#fates{font-size:.8125rem;table-layout:fixed}
#fates thead th{position:sticky;top:0;background:var(--page);border-bottom:0;box-shadow:inset 0 -2px var(--line)}
#fates tbody th,#fates tbody td{font-family:ui-monospace,monospace;font-weight:400;overflow-wrap:anywhere}
#fates th:nth-child(1){width:40%}#fates th:nth-child(2){width:6.5rem}#fates th:nth-child(3){width:10rem}
.script #counts,#filtered{display:none}
#reasons{display:flex;flex-wrap:wrap;gap:.4rem;margin:.5rem 0 1rem}
button,input{font:inherit;color:var(--ink);background:var(--page);border:1px solid var(--soft);border-radius:4px;padding:.25rem .6rem}
button{font-size:.875rem;cursor:pointer;text-align:left}
button span{color:var(--soft);font-variant-numeric:tabular-nums}
button[aria-pressed=true]{background:var(--press);border-color:var(--bar);box-shadow:inset 0 0 0 1px var(--bar)}
button[aria-pressed=true] span{color:var(--ink)}
input{width:22rem;max-width:100%}
:focus-visible{outline:3px solid var(--bar);outline-offset:2px}
`

/** One card per row, with column titles before the values. */
const NARROW = `
@media screen and (max-width:640px){
h1{font-size:1.6rem}
dl{display:block}dd{margin:0 0 .5rem}
.facts tr,.facts th,.facts td{display:block;padding:0;border:0}.facts td{padding-bottom:.4rem}
.cards,.cards tbody,.cards tr,.cards th,.cards td{display:block}
.cards thead{display:none}
.cards tr{border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem;margin:0 0 .75rem}
.cards tbody th{position:static;border:0;padding:0;font-size:1.0625rem}
.cards td{display:grid;grid-template-columns:8rem minmax(0,1fr);gap:.5rem;border:0;padding:.2rem 0;text-align:left}
.cards tbody td.number,.cards td.number small{white-space:normal}
.cards td:empty{display:none}
.cards td::before{content:attr(data-label);color:var(--soft)}
#fates,#fates tbody,#fates tr,#fates th,#fates td{display:block}
#fates thead{display:none}
#fates tr{border-bottom:1px solid var(--line);padding:.4rem 0}
#fates tbody th,#fates tbody td{border:0;padding:0}
#fates td:nth-child(2),#fates td:nth-child(3){display:inline-block;color:var(--soft);padding-right:.75rem}
#fates tr[hidden]{display:none}
label{display:block}
}
`

const PRINT = `
@page{margin:12mm}
@media print{
:root{color-scheme:light;--ink:#000;--line:#999;--soft:#333}
body{font-size:10pt}
main,footer{max-width:none;padding:0}
h1{font-size:18pt}h2{font-size:13pt;margin:1rem 0 .25rem}h3{font-size:10pt}
figcaption,footer,.legend{font-size:8pt}
#counts,#filtered{break-after:avoid;font-size:8pt}
#controls{display:none!important}
.script #counts{display:block}#filtered:not(:empty){display:block;font-weight:600}
.wide{overflow:visible}
.cards{font-size:7.5pt}.cards small,.at-init td,.at-init th{font-size:6.5pt}
.cards th,.cards td{padding-right:.4rem}
.cards svg{width:86px;height:auto}
.cards tbody th,#fates thead th{position:static}
.number small{white-space:normal!important}
.first{display:grid;grid-template-columns:minmax(0,1fr) 260px;gap:1rem}
.first.several-networks{display:block}
.several{margin-top:1rem}.several figure{max-width:190px}.several .noise{width:auto}.several .noise img{width:100px}
tr,figure,dt,dd{break-inside:avoid}thead{display:table-header-group}
dl{font-size:8pt}
details::details-content{content-visibility:visible;height:auto}
#fates{font-size:6.5pt;line-height:1.25}#fates th,#fates td{padding-top:.1rem;padding-bottom:.1rem}
#fates th:nth-child(2){width:3.5rem}#fates th:nth-child(3){width:5.5rem}
}
`

/** Always light on paper. */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
${BASE}${PICTURES}${STAGES}${FATES}${NARROW}${PRINT}`

/** Base64 of its SHA-256; a test compares it with the text. */
export const STYLE_HASH = 'rOkh1k+mfd2RB5rBdoEUWWsohixOGWOBDWJc9tAUp7k='
