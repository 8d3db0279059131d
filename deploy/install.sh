#!/bin/sh
# Makes the virtual environment $1 and installs the requirements file $2 into it. PYTHON names the interpreter to use.
set -eu
venv=$1
requirements=$2
cpu_index=https://download.pytorch.org/whl/cpu

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; }

if ! fits "$venv/bin/python"; then
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if fits "$python"; then break; fi
        python=
    done
    if [ -z "$python" ]; then
        echo "Python 3.11, 3.12, 3.13 or 3.14 is needed and none was found; install one, or name it: make PYTHON=/path/to/python3" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python cannot make a virtual environment; install its venv module (on Debian and Ubuntu: apt-get install python3-venv) and try again." >&2
        exit 1
    fi
    "$python" -m venv --clear "$venv"
fi

# On Linux plain pip takes torch's CUDA build, gigabytes. The index of the CPU build is asked first, once and for torch alone: on a network
# that does not reach it, pip goes on at once with the build its usual index has.
if [ "$(uname -s)" = Linux ]; then
    "$venv/bin/python" -m pip install --quiet --no-deps --retries 0 --timeout 20 --index-url "$cpu_index" "$(grep '^torch==' requirements.txt)" ||
        echo "torch's CPU build is out of reach here ($cpu_index); the default build is taken instead." >&2
fi
"$venv/bin/python" -m pip install --quiet --requirement "$requirements"
