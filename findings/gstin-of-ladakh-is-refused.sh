#!/usr/bin/env bash
# Guess:   python-stdnum's `stdnum.in_.gstin` takes every GSTIN that the GST portal can give out, so that a shop may check
#          its buyers' numbers with it.
# Really:  its list of state codes ends at 37. A well-formed number with a right check character is refused with
#          InvalidComponent when it was registered in Ladakh (38, a union territory since 31 October 2019) or in Other
#          Territory (97). The same number with 37 in front, check character made anew, is taken. So a buyer there cannot
#          be invoiced with tax credit where this library guards the form.
# Version: python-stdnum 2.2 (PyPI), Python 3.11.
# Source:  stdnum/in_/gstin.py, `_STATE_CODES`; the state code list of the GST portal and of e-invoice masters, which has 38
#          and 97.
# Seen:    37 taken, 38 refused: InvalidComponent, 97 refused: InvalidComponent
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-stdnum==2.2
cat >"$folder/try.py" <<'PYTHON'
from stdnum import luhn
from stdnum.in_ import gstin

letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number(state):
    """The same PAN registered in another state, with the check character that belongs to it."""
    body = state + "AAPFU0939F1Z"
    return body + luhn.calc_check_digit(body, letters)


def verdict(state):
    try:
        gstin.validate(number(state))
        return f"{state} taken"
    except Exception as error:
        return f"{state} refused: {type(error).__name__}"


seen = [verdict(state) for state in ("37", "38", "97")]
print(", ".join(seen))
assert seen == ["37 taken", "38 refused: InvalidComponent", "97 refused: InvalidComponent"]
PYTHON
"$folder/venv/bin/python" "$folder/try.py"
