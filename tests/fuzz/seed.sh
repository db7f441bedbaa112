#!/bin/sh
# Fills corpus/ with seeds: the examples, the golden folders and, where they are, the recordings.
set -eu
cd "$(dirname "$0")"
mkdir -p corpus/manifest corpus/dockerfile corpus/ignore corpus/template
recordings=${PORTER_CORPUS:-../../../shared/corpus}
number=0
for file in ../../examples/*/porter.yaml ../../host/manifest/tests/golden/*/porter.yaml \
    "$recordings"/bundles/cases/*/input/porter.yaml; do
    [ -f "$file" ] || continue
    number=$((number + 1))
    cp "$file" "corpus/manifest/$number.yaml"
done
for file in "$recordings"/bundles/cases/*/input/*.tmpl; do
    [ -f "$file" ] || continue
    number=$((number + 1))
    cp "$file" "corpus/dockerfile/$number"
done
printf '%s' '${#a}x${/a} ${ bundle.parameters.x }' > corpus/template/1
printf 'docs\n!docs/a\n**/*.md\n' > corpus/ignore/1
