"""The look that the pads for mouse, finger and keys share."""

CSS = """
:host, .pad { display: block; font: 13px var(--st-font, sans-serif); color: var(--st-text-color, #222); }
svg { width: 100%; height: clamp(262px, calc(100dvh - 333px), 1030px); touch-action: none; border-radius: 6px;
  display: block; user-select: none; background: var(--st-secondary-background-color, #f3f4f6); }
.bare svg { height: clamp(300px, calc(100dvh - 295px), 1070px); }
.axis { stroke: currentColor; opacity: .3; stroke-width: 1; }
.tick { fill: currentColor; opacity: .75; font-size: 14px; }
.target { fill: none; stroke: #0877bd; stroke-width: 5; opacity: .75; }
.network { fill: none; stroke: #f59322; stroke-width: 3; stroke-dasharray: 8 5; }
.cursor { fill: none; stroke: currentColor; stroke-width: 2; opacity: 0; }
svg:focus-visible { outline: 3px solid #009e73; outline-offset: -3px; }
svg:focus-visible .cursor { opacity: 1; }
.handle { fill: var(--st-background-color, #fff); stroke: #009e73; stroke-width: 3; cursor: grab; }
.handle:focus-visible { outline: none; stroke-width: 6; }
.line { stroke: #009e73; stroke-width: 3; cursor: grab; }
.arrow { stroke: #009e73; stroke-width: 3; }
.learned { stroke: #d1478e; stroke-width: 3; stroke-dasharray: 8 5; pointer-events: none; }
@media (width <= 40rem) { .pad svg { height: clamp(190px, 42dvh, 390px); } }
.hint { margin: 4px 0 0; opacity: .8; }
.large { font-size: 21px; }
.large .tick { font-size: 22px; }
.presets { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 6px; }
button { font: inherit; color: inherit; background: none; border: 1px solid currentColor; border-radius: 8px;
  padding: 4px 10px; min-height: 28px; cursor: pointer; }
button:hover { background: var(--st-secondary-background-color, #f3f4f6); }
button:focus-visible { outline: 3px solid #009e73; }
"""
"""Both the height of the place (a pad, a line of buttons, a line of words) and the colours of the page."""
