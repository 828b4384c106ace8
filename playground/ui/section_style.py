"""The look of a chapter's page: the main chart in sight without scrolling, and larger still on a projector."""

from __future__ import annotations

from typing import Any

LABEL, TITLE = 14, 15
"""Sizes of axis labels and titles in pixels."""
ENLARGED = 1.6
"""How many times larger type and lines are on a projector."""

STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 2.6rem; }
.st-key-section_heading h1 { font-size: 1.45rem; padding: 0; line-height: 1.25; }
.st-key-section_heading p { margin: 0; }
.st-key-section_claim p { font-size: 1.05rem; margin: 0 0 0.35rem; }
.st-key-section_main { --chart-height: clamp(330px, calc(100dvh - 265px), 1100px); }
.st-key-section_main.st-key-section_main { flex: none; height: var(--chart-height); }
.st-key-section_main > * { flex: 1 1 0; min-height: 0; }
[data-testid="stVegaLiteChart"] { overflow: auto hidden; }
[data-testid="stVegaLiteChart"] [class*="halo_"] text { paint-order: stroke; stroke-width: 5px; stroke-linejoin: round;
  stroke: light-dark(#fff, #0e1117); fill: light-dark(#31333f, #e6eaf1); }
.st-key-menu_slot { padding-left: 1.6rem; }
.st-key-menu_slot [data-testid="stPageLink-NavLink"] { padding-block: 0.1rem; min-height: 1.75rem;
  background: none; }
.st-key-menu_slot p { font-size: 0.9rem; font-weight: 400; }
[class*="st-key-section_open_"] p { font-weight: 700; }
.st-key-section_actions { min-height: 2.4rem; }
.st-key-section_actions [data-testid="stPopoverButton"] [data-testid="stMarkdownContainer"] { overflow: visible; }
.st-key-section_controls { gap: 0.6rem; }
.st-key-section_verdict p { margin: 0; }
@media (width <= 40rem) {
  .st-key-section_main { --chart-height: clamp(300px, 62dvh, 480px); }
  .st-key-section_heading.st-key-section_heading { flex-wrap: nowrap; gap: 0.4rem; }
  .st-key-section_heading > :first-child { flex: 1 1 0; min-width: 0; }
  .st-key-section_heading h1 { font-size: 1.25rem; }
  .st-key-section_heading a { min-height: 2.5rem; }
  .st-key-section_heading a [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
    overflow: hidden; clip-path: inset(50%); }
}
.st-key-section_waits p { padding-inline: 1rem; }
@keyframes section-waits { from { opacity: 0.35; } to { opacity: 0.7; } }
.st-key-section_main { position: relative; }
.st-key-section_main > :has(> .st-key-section_waits) { position: absolute; inset: 0 0 2.5rem 3rem; width: auto;
  height: auto; }
.st-key-section_waits [data-testid="stMarkdown"] p { backdrop-filter: blur(5px); }
.section-skeleton { height: var(--chart-height); border-radius: 8px; background: light-dark(#eceef2, #24272f);
  animation: section-waits 0.9s ease-in-out infinite alternate; }
@media (prefers-reduced-motion: reduce) { .section-skeleton { animation: none; } }
</style>"""

GROWING = """<style>
.st-key-section_main.st-key-section_main { height: auto; }
.st-key-section_main.st-key-section_main > * { flex: none; }
</style>"""
"""For a main place whose component has a table below its picture, and grows with it."""

PROJECTED = """<style>
.st-key-section_claim p { font-size: 1.6rem; }
.st-key-section_main { --chart-height: clamp(330px, calc(100dvh - 270px), 1400px); }
</style>"""


def styled(spec: dict[str, Any], enlarged: bool) -> dict[str, Any]:
    """A Vega-Lite specification with type that is read from the back row, and strong lines where it is enlarged."""
    factor = ENLARGED if enlarged else 1.0
    label, title = round(LABEL * factor), round(TITLE * factor)
    sizes: dict[str, dict[str, Any]] = {
        "axis": {
            "labelFontSize": label,
            "titleFontSize": title,
            "labelLimit": round(260 * factor),
            "titleFontWeight": "normal",
        },
        "legend": {"labelFontSize": label, "titleFontSize": title, "labelLimit": round(320 * factor)},
        "header": {"labelFontSize": label, "titleFontSize": title},
        "title": {"fontSize": round(title * 1.1)},
    }
    config = dict(spec.get("config") or {})
    for part, values in sizes.items():
        config[part] = {**(config.get(part) or {}), **values}
    result: dict[str, Any] = {**spec, "config": config}
    return _stronger(result, factor) if enlarged else result


def _stronger(node: Any, factor: float) -> Any:
    """The specification with lines, points and words larger by ``factor``, wherever they are set."""
    if isinstance(node, list):
        return [_stronger(part, factor) for part in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, value in node.items():
        if key in ("datasets", "data", "config"):
            result[key] = value
        elif key in ("strokeWidth", "fontSize"):
            result[key] = _times(value, factor)
        elif key == "size":
            result[key] = _times(value, factor**2)
        else:
            result[key] = _stronger(value, factor)
    return result


def _times(value: Any, factor: float) -> Any:
    """A number so many times as large, also where it is a channel's value, under conditions or not."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return value * factor
    if isinstance(value, list):
        return [_times(part, factor) for part in value]
    if isinstance(value, dict):
        return {k: _times(v, factor) if k in ("value", "condition") else v for k, v in value.items()}
    return value
