"""The colours of our pages, as variables of CSS: dark letters on white, or light ones on black where a browser asks so.

Every pair that is read has a contrast of 7:1 or more.
"""

COLOURS = (
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--blue:#0b3d91;--red:#8a0000;--line:#555;--on:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#f0f0f0;--paper:#111;--blue:#a9c7ff;--red:#ffb3b3;--line:#aaa;"
    "--on:#111}}"
)
