"""Define the content security policy: what a page may load, whatever gets into its text.

`'self'` covers websockets of the same host in every browser that knows import maps (CSP level 3,
"scheme-part match").
"""

from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

DIRECTIVES: dict[str, list[Any]] = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF],
    # xterm.js makes <style> elements, which static/js/terminal/style_nonce.js gives the nonce.
    "style-src-elem": [SELF, NONCE],
    "style-src-attr": [NONE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "manifest-src": [SELF],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "object-src": [NONE],
}
# For pages with a terminal. Where WebGL isn't there xterm.js writes colours into style attributes
# (its DomRendererRowFactory); an attribute can neither load anything past img-src nor reach other
# elements.
TERMINAL: dict[str, list[Any]] = {"style-src-attr": [UNSAFE_INLINE]}
# django-unfold's pages: Alpine evaluates the expressions in its attributes, and htmx and simplebar
# write styles. Still no inline script, and nothing from elsewhere.
ADMIN: dict[str, list[Any]] = {
    "script-src": [SELF, NONCE, UNSAFE_EVAL],
    "style-src-elem": [SELF, UNSAFE_INLINE],
    "style-src-attr": [UNSAFE_INLINE],
}
