#!/usr/bin/env python3
"""Figures of the tree that the record `one-house.md` quotes.

Run in the root of a checkout: `python3 docs/decisions/one-house.py`. Counts all Rust files below
`src` folders of the crates and the face, in-file tests included; comments and texts in quotation
marks are recognised by line, not by a parser.
"""
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources():
    roots = [p for p in (ROOT / "crates").glob("*/src")] + [ROOT / "src"]
    for root in sorted(p for p in roots if p.is_dir()):
        for path in sorted(root.rglob("*.rs")):
            name = "face" if root.parent == ROOT else root.parent.name
            yield name, path, path.read_text().split("\n")


def function_lengths(lines):
    head = re.compile(r"^(\s*)(?:pub(?:\([a-z]+\))? )?(?:const )?(?:unsafe )?fn \w+")
    for start, line in enumerate(lines):
        found = head.match(line)
        if not found or line.rstrip().endswith(";"):
            continue
        if line.rstrip().endswith("}"):
            yield 1
            continue
        for end in range(start + 1, len(lines)):
            if lines[end].startswith(found.group(1) + "}"):
                yield end - start + 1
                break


def main():
    crates, figures, types = Counter(), Counter(), {}
    lengths, files = [], []
    for crate, path, lines in sources():
        crates[crate] += len(lines) - 1
        files.append(len(lines) - 1)
        lengths += function_lengths(lines)
        text = "\n".join(lines)
        # a parameter that is taken apart in the signature: `fn f((a, b): (A, B))`
        for signature in re.findall(r"\bfn \w+(?:<[^{;]*?>)?\(([^{;]*?)\)\s*(?:->|\{|where)", text):
            figures["functions with tuple parameters"] += bool(
                re.search(r"(?:^|[,\s])\((?:&?(?:mut )?\w+\s*,\s*)+[^)]*\)\s*:", signature)
            )
        documented = None
        for line in lines:
            figures["lines over 100 columns"] += len(line) > 100
            bare = line.strip()
            if bare.startswith("///"):
                documented = (documented or []) + [bare[3:].strip()]
                continue
            if documented is not None:
                words = len(" ".join(documented).split())
                figures["documentation comments"] += 1
                figures["of at most 5 words"] += words <= 5
                documented = None
            if not bare or bare.startswith("//!"):
                continue
            if bare.startswith("//"):
                divider = re.fullmatch(r"//[\s\-=#*]*", bare)
                if "SAFETY" not in bare and not divider:
                    figures["// comment lines"] += 1
                continue
            figures["code lines"] += 1
            figures["characters of code"] += len(bare)
            item = r"pub (?:const |unsafe )?(?:fn|struct|enum|trait|const|static|type|mod|use)\b"
            figures["pub items"] += bool(re.match(item, bare))
            figures["pub fields"] += bool(re.match(r"pub \w+:", bare))
            figures["non_exhaustive"] += "#[non_exhaustive]" in bare
            if re.match(r"let ", bare):
                figures["lets"] += 1
                figures["tuple lets"] += bool(re.match(r"let \([^=]*\)\s*=\s*\(", bare))
                figures["closures with names"] += bool(re.match(r"let (?:mut )?\w+ = (?:move )?\|", bare))
            found = re.match(r"(?:pub(?:\([a-z]+\))? )?(?:struct|enum|trait|union) (\w+)", bare)
            if found:
                types.setdefault(found.group(1), set()).add(str(path))
    for crate, count in sorted(crates.items()):
        print(f"{crate:<14}{count:>8}")
    print(f"{'all':<14}{sum(crates.values()):>8}")
    lengths.sort()
    code = figures["code lines"]
    rows = {
        "files": len(files),
        "largest file, lines": max(files),
        "functions": len(lengths),
        "functions, median lines": lengths[len(lengths) // 2],
        "functions, largest": lengths[-1],
        "functions over 69 lines": sum(n > 69 for n in lengths),
        "lines over 100 columns": figures["lines over 100 columns"],
        "characters per code line": round(figures["characters of code"] / code, 1),
        "tuple lets, % of lets": round(100 * figures["tuple lets"] / figures["lets"], 1),
        "closures with names, % of lets": round(
            100 * figures["closures with names"] / figures["lets"], 1
        ),
        "functions with tuple parameters": figures["functions with tuple parameters"],
        "// comments, % of code lines": round(100 * figures["// comment lines"] / code, 2),
        "documentation comments": figures["documentation comments"],
        "of at most 5 words, %": round(
            100 * figures["of at most 5 words"] / figures["documentation comments"]
        ),
        "pub items": figures["pub items"],
        "pub fields": figures["pub fields"],
        "non_exhaustive": figures["non_exhaustive"],
        "type names": len(types),
        "type names in two or more files": sum(len(where) > 1 for where in types.values()),
    }
    for name, value in rows.items():
        print(f"{name:<36}{value:>8}")


if __name__ == "__main__":
    main()
