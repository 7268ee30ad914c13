#!/bin/sh
# Opens a usage report as a spreadsheet user would: .ci/xlsx-opens.sh <file.xlsx> [<file.csv>]
# Fails unless LibreOffice finds the sheets General and Users, and any of Targets, Trends, Denials, Machine sessions and Seats
# history. Dates and durations must be numbers with a format, names must be text, and no cell may have a formula. With the same
# report as CSV, the sheet Users must show exactly the same. Installs LibreOffice if it is missing (Debian, as root).
set -eu

file=${1:?usage: $0 <file.xlsx> [<file.csv>]}
csv=${2:-}
command -v soffice >/dev/null || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-calc-nogui >/dev/null
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$file" "$work/report.xlsx"

fail() { echo "$file: $1" >&2; exit 1; }

# Filter fields: tab, double quote, UTF-8, from line 1, -, any language, every text cell quoted, -, cells as shown,
# formulas or their results, -, all sheets. So only numbers are without quotes.
export_sheets() {
  soffice "-env:UserInstallation=file://$work/profile" --headless \
    --convert-to "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,true,true,true,$2,false,-1" --outdir "$work/$1" \
    "$work/report.xlsx" >"$work/log" 2>&1 && [ -d "$work/$1" ] || { cat "$work/log" >&2; fail "LibreOffice cannot open it"; }
}

# all_lines <what> <pattern>: fails unless every line of stdin matches.
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
for path in "$work/values"/*; do
  case ${path##*/} in report-General.csv | report-Users.csv | report-Targets.csv | report-Trends.csv | report-Denials.csv | \
    "report-Machine sessions.csv" | "report-Seats history.csv") ;;
  *) fail "its sheets are $sheets" ;;
  esac
done

users=$work/values/report-Users.csv
head -n 1 "$users" | all_lines "heading of Users" "\"Identifier\"($tab$text){9}"
tail -n +2 "$users" | all_lines "Users" "$text($tab($text)?){2}$tab$date$tab$date$tab$count$tab$duration$tab$duration$tab$mean$tab$count"

# check_sheet <name> <heading of its first column> <number of its other columns> <pattern of a row>: a sheet that is optional.
check_sheet() {
  sheet=$work/values/report-$1.csv
  [ -e "$sheet" ] || return 0
  head -n 1 "$sheet" | all_lines "heading of $1" "\"$2\"($tab$text){$3}"
  [ "$(wc -l <"$sheet")" -gt 1 ] || fail "$1 has no row"
  tail -n +2 "$sheet" | all_lines "$1" "$4"
}
day='[0-9]{4}-[0-9]{2}-[0-9]{2}'
check_sheet Targets Namespace 5 "$text$tab$text$tab$text$tab$count$tab$count$tab$duration"
trend="$day$tab$count$tab$duration$tab$count$tab$duration($tab$count){2}($tab($count)?){2}($tab$count){2}"
check_sheet Trends "Day \(UTC\)" 13 "$trend$tab$count$tab$duration$tab($count)?"
machine="$text($tab($text)?){4}$tab$count$tab$duration$tab($count)?$tab$duration$tab($duration)?"
check_sheet "Machine sessions" Kind 9 "$machine"
history="$day$tab($count)?$tab($count|\"unlimited\")?($tab($count)?){6}$tab(\"yes\"|\"\")?"
check_sheet "Seats history" "Day \(UTC\)" 9 "$history"
check_sheet Denials "Day \(UTC\)" 6 "$day($tab$text){3}$tab$count$tab$date$tab$date"

[ -z "$csv" ] || python3 - "$users" "$csv" <<'PY' || fail "Users differs from the CSV"
import csv, re, sys
from datetime import datetime

def seconds(duration):
    hours, minutes, rest = map(int, duration.split(":"))
    return hours * 3600 + minutes * 60 + rest

# A sheet contains no control characters.
def name(text):
    return re.sub("[\x00-\x1f\x7f-\x9f]", "", text[1:] if text.startswith("'") else text)

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    shown = list(csv.reader(file, delimiter="\t"))[1:]
with open(sys.argv[2], newline="", encoding="utf-8") as file:
    listed = list(csv.reader(file))[1:]
if len(shown) != len(listed):
    sys.exit(f"{len(shown)} users in the sheet, {len(listed)} in the CSV")
for number, (cell, field) in enumerate(zip(shown, listed), 2):
    moments = [datetime.fromisoformat(field[n][:19]).strftime("%Y-%m-%d %H:%M:%S") for n in (1, 2)]
    same = (
        cell[0] == name(field[0])
        and cell[1:3] == [name(field[7]), name(field[8])]
        and cell[3:5] == moments
        and cell[5].replace(",", "") == field[3]
        and seconds(cell[6]) == int(field[4])
        # A mean is shown in whole seconds, and stored exactly.
        and abs(seconds(cell[7]) - float(field[5])) <= 1
        and float(cell[8]) == float(field[6])
    )
    if not same:
        sys.exit(f"line {number}: {cell} is not {field}")
PY

general=$work/values/report-General.csv
value_of() { grep -F "\"$1\"$tab" "$general" | cut -f 2; }
value_of "Report period to (UTC)" | all_lines "end of period" "$date"
value_of "Report created (UTC)" | all_lines "creation" "$date"
value_of "All-time session time" | all_lines "all-time session time" "$duration"
value_of "Mean CI session duration" | all_lines "mean CI session duration" "$duration"
[ "$(grep -Ec "^\"(Report period to \(UTC\)|Report created \(UTC\)|All-time session time|Mean CI session duration)\"$tab" "$general")" = 4 ] ||
  fail "General lacks a row"

echo "$file opens: $(($(wc -l <"$users") - 1)) users, sheets $sheets${csv:+, Users as in the CSV}"
