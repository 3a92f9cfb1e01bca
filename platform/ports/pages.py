"""Make the pages that say what is wrong with a port, without anything of the platform's in them."""

from html import escape

from ports.errors import PortError
from ports.headers import Header

AGAIN_SECONDS = 3

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#f7f6f2, #0f161c); color: light-dark(#16222c, #e4eaee);
  font: 1rem/1.5 system-ui, sans-serif; }}
main {{ max-width: 34rem; padding: 2rem 1.5rem; }}
h1 {{ margin: 0 0 .5rem; font-size: 1.25rem; line-height: 1.3; text-wrap: balance; }}
p {{ margin: 0; color: light-dark(#4c5964, #a9b6c0); text-wrap: pretty; }}
</style>
{refresh}</head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""


def page_of(error: PortError, *, as_html: bool) -> tuple[list[Header], bytes]:
    """Return an error's headers and body, as a page or as plain text for programs."""
    headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
    if error.status == 503:
        headers.append((b"retry-after", str(AGAIN_SECONDS).encode()))
    if not as_html:
        body = f"{error.title}. {error.text}\n".encode()
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
    else:
        refresh = f'<meta http-equiv="refresh" content="{AGAIN_SECONDS}">\n' if error.again else ""
        title, text = escape(error.title), escape(error.text)
        body = PAGE.format(title=title, text=text, refresh=refresh).encode()
        policy = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
        headers.append((b"content-type", b"text/html; charset=utf-8"))
        headers.append((b"content-security-policy", policy))
    headers.append((b"content-length", str(len(body)).encode()))
    return headers, body
