import { pictureStyle } from '../picture/svg.js';

const light = `--ground: #ffffff; --raised: #f6f5f3; --ink: #1c1c1e; --dim: #5d5d66; --rule: #dddbd6; --lane: #a3a3ab;
  --lane-stop: #6d6d75; --accent: #b4400f; --share0: #eceae6; --share1: #e07a45; --share2: #9c9aa2; --share3: #3a3a42;
  color-scheme: light;`;
const dark = `--ground: #16161a; --raised: #1f1f25; --ink: #ececf0; --dim: #a6a6b0; --rule: #34343c; --lane: #6d6d77;
  --lane-stop: #a2a2ac; --accent: #ff9463; --share0: #26262d; --share1: #ff9463; --share2: #777782; --share3: #d8d8e0;
  color-scheme: dark;`;

/** The style of a page; it has no rule for anything outside of it and asks for no file. */
export const pageStyle = `
:root { ${light} }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { ${dark} } }
:root[data-theme=dark] { ${dark} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 17px/1.6 system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
main, .bar nav, footer { max-width: 1240px; margin: 0 auto; padding: 0 32px; }
code, .number, .functions, .joins dt { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .84em; overflow-wrap: anywhere; }
.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 16px; top: 12px; z-index: 3; background: var(--ground); padding: 4px 12px; }
.bar { position: sticky; top: 0; z-index: 2; background: var(--ground); border-bottom: 1px solid var(--rule); }
.bar nav { display: flex; gap: 24px; align-items: center; min-height: 52px; overflow-x: auto; font-size: 15px; }
.bar a { color: var(--dim); text-decoration: none; white-space: nowrap; padding: 10px 0; }
.bar a:hover { color: var(--ink); }
.bar button { margin-left: auto; }
button { font: inherit; font-size: 14px; color: var(--ink); background: var(--raised); border: 1px solid var(--rule); border-radius: 8px; padding: 5px 14px; cursor: pointer; white-space: nowrap; }
button:hover { border-color: var(--dim); }
.masthead { padding: 72px 0 24px; }
.eyebrow { margin: 0 0 6px; color: var(--accent); font-weight: 650; }
h1 { margin: 0; font-size: clamp(26px, 4.4vw, 46px); line-height: 1.15; letter-spacing: -.02em; font-weight: 700; overflow-wrap: anywhere; }
.lead { margin: 20px 0 32px; max-width: 44em; font-size: 1.15em; color: var(--dim); }
.boots { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 1px 32px; font-size: 15px; color: var(--dim); }
.boots li { padding: 12px 0; border-top: 1px solid var(--rule); }
.boots b { color: var(--ink); font-size: 17px; }
.boots li { display: grid; grid-template-columns: 1fr auto; }
.boots .verdict { color: var(--ink); }
.boots li > span:last-child { grid-column: 1 / 3; }
section { padding: 64px 0 0; scroll-margin-top: 40px; }
h2 { margin: 0 0 10px; font-size: 30px; line-height: 1.2; letter-spacing: -.015em; font-weight: 680; }
h3 { margin: 40px 0 14px; font-size: 19px; font-weight: 650; }
h3 small { font-weight: 400; font-size: 15px; color: var(--dim); margin-left: 8px; }
h4 { margin: 0 0 10px; font-size: 16px; font-weight: 500; }
section > p { max-width: 46em; margin: 0 0 24px; color: var(--dim); }
.scroll { overflow-x: auto; }
.picture { display: block; max-width: none; height: auto; min-width: 900px; width: 100%; }
.joins { margin: 0; }
.joins > div { padding: 16px 0; border-top: 1px solid var(--rule); display: grid; grid-template-columns: minmax(220px, 1fr) 3fr; gap: 8px 24px; }
.joins dt { font-weight: 700; }
.joins dd { margin: 0; }
.chips { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; margin: 0; padding: 0; font-size: 14px; }
.chips li { background: var(--raised); border-radius: 8px; padding: 3px 12px; }
.chips .absent { color: var(--dim); background: none; }
.chooser { display: flex; flex-wrap: wrap; align-items: center; gap: 16px; font-size: 18px; margin-top: 24px; color: var(--dim); }
.chooser label { display: flex; align-items: center; gap: 10px; }
select, input[type=search] { font: inherit; color: var(--ink); background: var(--ground); border: 1px solid var(--lane-stop); border-radius: 10px; padding: 8px 14px; max-width: 100%; }
input[type=search] { width: min(100%, 34em); font-size: 19px; }
.mark.a { color: var(--accent); }
.mark.b { color: var(--ink); }
.sides { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 32px; }
.side { border-left: 4px solid var(--accent); padding-left: 18px; }
.side.b { border-left: 4px double var(--ink); }
.side.order { border-left: 4px dotted var(--lane-stop); }
.functions { list-style: none; margin: 0; padding: 0; max-height: 26em; overflow-y: auto; line-height: 1.75; }
.none { color: var(--dim); }
.sides.two { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.partings th code { white-space: nowrap; }
.led summary { cursor: pointer; font-size: 15px; padding: 2px 0; }
.led p { margin: 0 0 10px 1.2em; line-height: 1.6; }
.whole { border-top: 1px solid var(--rule); }
.whole:last-of-type { border-bottom: 1px solid var(--rule); }
.whole summary { display: grid; grid-template-columns: 9em 1fr; gap: 4px 20px; align-items: center; padding: 16px 0; cursor: pointer; list-style: none; }
.whole summary::-webkit-details-marker { display: none; }
.whole .title::before { content: '▸ '; color: var(--dim); }
.whole[open] .title::before { content: '▾ '; }
.shares { width: 100%; height: 14px; display: block; border-radius: 4px; }
.shares .a { fill: var(--accent); } .shares .both { fill: var(--rule); } .shares .b { fill: var(--ink); }
.figures { grid-column: 2; font-size: 15px; color: var(--dim); }
.whole .sides { padding: 8px 0 32px; }
.trees { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 40px; }
.tree { min-width: 0; }
.tree h3 { margin-top: 16px; }
.buttons { margin: 0 0 16px; }
.calls { overflow-x: auto; padding-bottom: 8px; }
.call { display: block; padding: 2px 0 2px 1.2em; white-space: nowrap; font-size: 15px; }
summary.call { cursor: pointer; list-style: none; padding-left: 0; }
summary.call::-webkit-details-marker { display: none; }
summary.call::before { content: '▸'; display: inline-block; width: 1.2em; color: var(--dim); }
details[open] > summary.call::before { content: '▾'; }
.call .number { display: inline-block; min-width: 6.5em; text-align: right; color: var(--dim); margin-right: .8em; }
.call .times { color: var(--dim); font-size: 13px; }
.call .only { color: var(--accent); font-size: 13px; margin-left: 6px; }
.call .only::before { content: '◆ '; }
.below { padding-left: 1.1em; border-left: 1px solid var(--rule); margin-left: .4em; }
table { border-collapse: collapse; font-size: 15px; min-width: min(100%, 30em); }
th, td { text-align: left; padding: 9px 24px 9px 0; border-bottom: 1px solid var(--rule); vertical-align: top; font-weight: 400; }
thead th { color: var(--dim); font-size: 14px; }
td.number { text-align: right; }
.part th { padding-left: 1.5em; color: var(--dim); }
.results { list-style: none; margin: 0; padding: 0; }
.results > li { padding: 14px 0; border-top: 1px solid var(--rule); }
.results > li > code { font-weight: 700; font-size: 1em; }
.results .chips { margin-top: 8px; }
.results .none { margin: 4px 0 0; }
p.moment { margin: 0 0 6px; min-width: 14em; font-size: 14px; }
.dim { color: var(--dim); font-size: 15px; }
.legend { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 8px 28px; }
.legend svg { width: 14px; height: 14px; vertical-align: -1px; margin-right: 6px; border-radius: 3px; }
.map { margin: 0; }
.strata { display: block; width: 100%; height: 150px; border-radius: 6px; }
.share0 { fill: var(--share0); } .share1 { fill: var(--share1); } .share2 { fill: var(--share2); } .share3 { fill: var(--share3); }
.slider input { width: 100%; margin: 10px 0; accent-color: var(--accent); display: block; }
.place { display: block; min-height: 8em; font-size: 15px; }
.place p, .place ul { margin: 0; }
.place ul { padding: 0; list-style: none; }
footer { padding-top: 72px; padding-bottom: 64px; color: var(--dim); font-size: 15px; }
@media (max-width: 760px) {
  body { font-size: 16px; }
  main, .bar nav, footer { padding: 0 18px; }
  .masthead { padding-top: 40px; }
  section { padding-top: 48px; }
  .sides, .sides.two { grid-template-columns: 1fr; }
  .joins > div { grid-template-columns: 1fr; }
  .whole summary { grid-template-columns: 1fr; }
  .figures { grid-column: 1; }
  .picture { min-width: 760px; }
  .functions { max-height: 16em; }
}
@media print { .bar, .chooser, .buttons, .slider { display: none; } .functions { max-height: none; } }
${pictureStyle}`;
