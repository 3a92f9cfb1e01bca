"""Keep scripts, foreign frames, styles and event handlers of authors out of the page."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curriculum.rendering.markdown import render_lesson, render_markdown
from curriculum.rendering.page import RenderContext

NASTY = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    (
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1'
        ' onerror=alert(1)&gt;">'
    ),
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "<object data=x></object><embed src=x><applet code=x>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>1</script>'>x</a>",
    "<a href=vbscript:x>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](javascript:alert(1))",
    "`a`{onclick=alert(1) style=x}",
    "[x](https://example.org){onclick=alert(1) style=color:red .ok}",
    "{onclick=alert(1)}\nparagraph",
    "<div style='background:url(javascript:1)'>x</div>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=x><meta http-equiv=refresh content=0><base href=//x>",
    "<form action=x><input name=y><button formaction=javascript:1>x</button></form>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=alert(1)></video>",
    "<div title='\n\n```python\n1\n```\n\n'>",
    '<div data-slot="0000000000000000-0"></div>',
    "<p title=\"<div data-slot='x-0'></div>\">\n\n```bash\nls\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '```bash run="><script>alert(1)</script>\nx\n```',
    '```text save="/a\\"><script>alert(1)</script>"\nx\n```',
    "[x](panel:javascript:alert(1))",
    '[x](panel:"onclick=alert(1))',
    "::: note <script>alert(1)</script>\n</aside><script>alert(1)</script>\n:::",
    '::: hint "><img src=x onerror=alert(1)>\nx\n:::',
    "## <script>alert(1)</script>",
    "| <script>x</script> |\n|:-:|\n| <b onclick=x>y</b> |",
    "x[^1]\n\n[^1]: <script>alert(1)</script>",
    "Term\n: <img src=x onerror=alert(1)>",
    "<!-- <script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php <script>alert(1)</script> ?>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<template><script>alert(1)</script></template>",
    "<plaintext><script>alert(1)</script>",
]
_FORBIDDEN = (
    "script iframe object embed applet style link meta base form input textarea svg math img video"
    " audio source template noscript frame frameset select animate plaintext"
)
FORBIDDEN = frozenset(_FORBIDDEN.split())


class Inspector(HTMLParser):
    """Collects what must not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        if tag in FORBIDDEN or (
            tag == "button"
            and dict(attrs).get("class") not in ("code__copy", "code__run", "code__save")
        ):
            self.bad.append(tag)
        for name, value in attrs:
            scheme = (value or "").strip().lower().partition(":")[0]
            if name.startswith("on") or name in (
                "style",
                "src",
                "srcdoc",
                "formaction",
                "action",
                "data-slot",
            ):
                self.bad.append(name)
            if (
                name == "href"
                and ":" in value
                and value[0] != "#"
                and scheme not in ("http", "https", "mailto")
            ):
                self.bad.append(value)

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        self.bad.append(data)


def bad_parts(html):
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.bad


def lesson_html(text):
    rendering = render_lesson(text, context=RenderContext(machines=frozenset({"box"})))
    return "".join(block.get("html", "") for block in rendering.blocks)


@pytest.mark.parametrize("text", NASTY)
def test_nothing_that_runs_gets_through(text):
    assert bad_parts(lesson_html(text)) == []
    assert bad_parts(render_markdown(text)) == []


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*NASTY, "::: note", ":::", "```", "'", '"', "> ", "- ", "\n\n"]),
        max_size=5,
    )
)
def test_nothing_that_runs_gets_through_in_any_combination(parts):
    assert bad_parts(lesson_html("\n".join(parts))) == []


def test_what_is_harmless_stays():
    html = render_markdown(
        '<kbd>Ctrl</kbd> H<sub>2</sub>O <abbr title="x">y</abbr> ~~no~~ [a](https://a.example){.b}'
    )
    assert (
        html == '<p><kbd>Ctrl</kbd> H<sub>2</sub>O <abbr title="x">y</abbr> <s>no</s> '
        '<a href="https://a.example" class="b" rel="noopener noreferrer">a</a></p>'
    )


def test_columns_are_aligned_by_a_class():
    html = render_markdown("| a | b |\n|--:|---|\n| 1 | 2 |")
    assert '<div class="table"><table>' in html
    assert '<td class="align-right">1</td>' in html
    assert "style" not in html


def test_an_author_can_not_place_a_control():
    html = lesson_html(
        '<button class="code__run">x</button> <div class="code" data-run="box">y</div>'
    )
    assert "<button" not in html
    assert "data-run" not in html
