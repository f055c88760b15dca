"""How a page looks: light and dark as the reader's system is, narrow and wide, and on paper."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --dim: #5a6470; --paper: #fff; --card: #f5f6f8; --line: #d9dde3;
  --bar: #3b78c2; --mark: #ffe08a; --mark-ink: #3a2c00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --dim: #9ba5b1; --paper: #15181c; --card: #1f242a;
  --line: #353c45; --bar: #6ea8ee; --mark: #6b5210; --mark-ink: #fff3cf; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.6em 0 .5em; overflow-wrap: anywhere; }
h1 { margin-top: 0; } h2 { border-top: 1px solid var(--line); padding-top: 1em; } h4 { font-size: 1rem; }
a { color: var(--bar); }
p { margin: .4em 0; } .note, figcaption, .field { color: var(--dim); font-size: .875rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2em .8em .2em 0; vertical-align: top; }
th { font-weight: 600; overflow-wrap: anywhere; } thead th { border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; } .wide th, .wide td { white-space: nowrap; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 29rem), 1fr)); gap: .8rem;
  align-items: start; }
.sheet { columns: 29rem; column-gap: 2rem; }
figure { margin: 0; padding: .7rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  max-width: 100%; break-inside: avoid; }
figcaption { max-width: 32rem; margin-top: .4em; overflow-wrap: anywhere; } figcaption .chain { display: block; }
.parts { display: flex; flex-wrap: wrap; gap: .7rem; } .part { max-width: 34.5rem; min-width: 0; } .field { margin: 0
  0 .2em; }
.strip { display: flex; flex-wrap: wrap; gap: 4px; } img { display: block; max-width: 100%; height: auto; }
.tiny { image-rendering: pixelated; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; } ol.text { margin: 0; padding-left: 1.8em; }
del { color: var(--dim); }
mark { background: var(--mark); color: var(--mark-ink); border-radius: 2px; padding: 0 1px; }
.numbers { break-inside: avoid; padding-bottom: .8em; } .numbers h4 { margin: 0 0 .2em; } dl { display: grid;
  grid-template-columns: minmax(6rem, max-content) 1fr; gap: .2em 1em;
  margin: .4em 0; font-size: .9375rem; } dt { color: var(--dim); max-width: 24rem; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.bars { width: 100%; max-width: 44rem; table-layout: fixed; font-size: .875rem; } .bars th { width: 36%;
  font-weight: 400; }
.bars td:last-child { width: 8rem; white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: .8em; margin-top: .35em; } rect { fill: var(--bar); }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; overflow-x:
  auto;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8125rem; }
@media print { :root { --ink: #000; --dim: #444; --paper: #fff; --card: #fff; --line: #bbb; --bar: #555; --mark:
  #ddd;
  --mark-ink: #000; } main { max-width: none; padding: 0; } body { font-size: 11pt; } h2, h3, h4 { break-after:
  avoid; }
  rect { fill: #555; } svg { print-color-adjust: exact; } }
"""
