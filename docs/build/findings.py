"""Write docs/findings.md, the list of what kfed finds, from the rules in the code; ``--check`` only compares."""

from __future__ import annotations

from docs.build.pages import write_or_check
from kfed.core.rules import RULES

HEAD = """\
# Findings

What `kfed render` finds wrong or doubtful; `make docs` writes this page. An error stops the run: nothing is written. A
warning does not. All of them are reported, in the order of their places, in the form that `--findings` names:

| form | for | |
|---|---|---|
| `text` | people, and editors that jump to `file:line:column` | the default |
| `json` | programs | below |
| `sarif` | code scanning | SARIF 2.1.0; at most 25,000 results, errors first, as GitHub takes no more |
| `github` | GitHub Actions | annotations on the lines of a pull request |
| `junit` | GitLab, Jenkins | a test case for each; a warning passes and says so in its output |

Text on a screen shows, where one rule found the same again and again, the first few and how many more there are;
`--all-findings` shows them all. The other forms, and what goes to a file, are always complete.

In `sarif`, `github` and `junit` files are named from the root of the repository, the nearest folder upwards that holds
`.git`, because that is how those who read them know files. A finding keeps its fingerprint (SARIF) and its name (JUnit)
when lines above it come or go.

## As JSON

```json
{
  "version": 1,
  "errors": 1,
  "warnings": 0,
  "findings": [
    {
      "rule": "unknown-field",
      "severity": "error",
      "message": "The field replcas is not one that the type has.",
      "source": {"file": "deploy/web.yaml", "line": 12, "column": 15},
      "object": "FederatedDeployment test-ns/web",
      "clusters": ["cluster1"],
      "path": "/spec/template/spec/replcas",
      "expected": "an integer",
      "nearest": "replicas",
      "also": []
    }
  ]
}
```

Every key is always there. `source` is null where no file is to blame, and a text that is not known is `""`. `path` is a
JSON pointer into the object; line and column count from 1. What is one thing, such as the same mistake in the overrides
of twenty clusters, is one finding: `clusters` names them, and `also` lists the further places. `version` rises when a
key changes its meaning or goes; new keys may come at any time.

## Rules

| rule | |
|---|---|
"""


def main() -> None:
    """Write the page, or compare."""
    rows = [f"| `{name}` | {sentence} |\n" for name, sentence in sorted(RULES.items())]
    write_or_check("findings.md", HEAD + "".join(rows))


if __name__ == "__main__":
    main()
