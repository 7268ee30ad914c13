#!/bin/sh
# Opens a usage report as a spreadsheet user would: .ci/xlsx-opens.sh <file.xlsx>
# Fails unless LibreOffice finds exactly the sheets General and Users, with dates and durations that are numbers shown
# as such, names that are text, and no formula anywhere. Installs LibreOffice where it is missing (Debian, as root).
set -eu

file=${1:?usage: $0 <file.xlsx>}
command -v soffice >/dev/null || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui >/dev/null
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$file" "$work/report.xlsx"

fail() { echo "$file: $1" >&2; exit 1; }

# Filter fields: tab, double quote, UTF-8, from line 1, -, any language, every text cell quoted, -, cells as shown,
# formulas or their results, -, all sheets. So only what is a number stands without quotes.
export_sheets() {
  soffice "-env:UserInstallation=file://$work/profile" --headless \
    --convert-to "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,true,true,true,$2,false,-1" --outdir "$work/$1" \
    "$work/report.xlsx" >"$work/log" 2>&1 && [ -d "$work/$1" ] || { cat "$work/log" >&2; fail "LibreOffice cannot open it"; }
}

# all_lines <what> <pattern>: every line of stdin is one.
all_lines() {
  odd=$(grep -Evn -- "^$2\$" || true)
  [ -z "$odd" ] || fail "$1: line $odd"
}

tab=$(printf '\t')
text='"([^"]|"")*"'
date='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}'
duration='[0-9]+:[0-9]{2}:[0-9]{2}'
count='[0-9][0-9,]*'
mean='[0-9]+\.[0-9]{2}'

export_sheets values false
export_sheets formulas true
diff -r "$work/values" "$work/formulas" >/dev/null || fail "it holds a formula"

sheets=$(cd "$work/values" && echo *)
[ "$sheets" = "report-General.csv report-Users.csv" ] || fail "its sheets are $sheets"

users=$work/values/report-Users.csv
head -n 1 "$users" | all_lines "heading of Users" "\"Identifier\"($tab$text){6}"
tail -n +2 "$users" | all_lines "Users" "$text$tab$date$tab$date$tab$count$tab$duration$tab$duration$tab$mean"

general=$work/values/report-General.csv
value_of() { grep -F "\"$1\"$tab" "$general" | cut -f 2; }
value_of "Report period to (UTC)" | all_lines "end of period" "$date"
value_of "Report created (UTC)" | all_lines "creation" "$date"
value_of "All-time session time" | all_lines "all-time session time" "$duration"
value_of "Mean CI session duration" | all_lines "mean CI session duration" "$duration"
[ "$(grep -Ec "^\"(Report period to \(UTC\)|Report created \(UTC\)|All-time session time|Mean CI session duration)\"$tab" "$general")" = 4 ] ||
  fail "General lacks a row"

echo "$file opens: $(($(wc -l <"$users") - 1)) users"
