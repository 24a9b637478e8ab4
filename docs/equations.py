"""Typesets the equations of the book: a preprocessor of mdBook that turns LaTeX into MathML.

Browsers draw MathML themselves, so that the finished pages ask nothing of any network and run no
script for it. Equations stand in the pages as GitHub reads them too: a block of code in the language
`math`, or `$` around a piece of code within a line. The conversion is done by the library latex2mathml;
where it is not installed, the pages keep the LaTeX and a line on standard error says so.

`mdbook` calls this program by the table `preprocessor.equations` of book.toml.
"""

import json
import re
import sys

# Columns of aligned equations. Browsers know MathML Core, which has no attribute for that.
ALIGNED = {
    'columnalign="right"': 'style="text-align: right; text-align: -webkit-right; '
    'padding: 0.5ex 0.15em 0.5ex 1em"',
    'columnalign="left"': 'style="text-align: left; padding: 0.5ex 0"',
}
BLOCK = re.compile(r"^```math\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"\$`([^`\n]+)`\$")


def typeset(text, convert):
    """A page with its equations as MathML."""

    def block(found):
        # the library knows this environment of GitHub's by another name
        latex = re.sub(r"(begin|end)\{aligned\}", r"\1{align*}", found[1].strip())
        # a blank line would end the HTML, and a wide equation must not widen the page of a phone
        drawn = convert(latex, display="block").replace("\n", " ")
        for attribute, style in ALIGNED.items():
            drawn = drawn.replace(attribute, style)
        return f'<div style="overflow-x: auto; padding: 0.3em 0">{drawn}</div>\n'

    def inline(found):
        # in a table a bar is written \|, which is no part of the equation
        return convert(found[1].replace("\\|", "|")).replace("|", "&#x7C;")

    return INLINE.sub(inline, BLOCK.sub(block, text))


def each_chapter(items):
    """Every chapter of a book, those inside others included."""
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            chapter = item["Chapter"]
            yield chapter
            yield from each_chapter(chapter["sub_items"])


def main():
    if sys.argv[1:2] == ["supports"]:
        return 0 if sys.argv[2:] == ["html"] else 1
    _, book = json.load(sys.stdin)
    try:
        from latex2mathml.converter import convert
    except ImportError:
        print("equations.py: no latex2mathml: equations stay as LaTeX", file=sys.stderr)
        convert = None
    if convert:
        for chapter in each_chapter(book["items"] if "items" in book else book["sections"]):
            chapter["content"] = typeset(chapter["content"], convert)
    json.dump(book, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
