# Shared by the findings: a temporary folder that goes away, pinned packages in it, one way to compare.
# shellcheck shell=bash
umask 077
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TMP"

# python_env PACKAGE==VERSION… : a virtual environment in the temporary folder; `py` runs its interpreter.
python_env() {
  python3 -m venv "$TMP/venv"
  "$TMP/venv/bin/pip" install -q --disable-pip-version-check "$@"
}
py() { "$TMP/venv/bin/python" -W ignore "$@"; }

# node_env PACKAGE@VERSION… : packages for scripts in the temporary folder, no install scripts run.
node_env() {
  [ -f package.json ] || echo '{"private":true,"type":"module"}' >package.json
  npm install --silent --no-audit --no-fund --ignore-scripts --save-exact "$@" >/dev/null
}

# debian COMMAND PACKAGE : installs a Debian package where its command is missing.
debian() {
  command -v "$1" >/dev/null && return
  if ! apt-get install -y -qq --no-install-recommends "$2" >apt.log 2>&1; then
    echo "cannot install Debian's $2 (run apt-get update first)" >&2
    return 1
  fi
}

# browser_env : Debian's Chromium, driven by playwright-core; browser.mjs offers launch, visit and in-page helpers.
browser_env() {
  debian chromium chromium
  node_env playwright-core@1.65.1
  cp "$HERE/browser.mjs" "$TMP/browser.mjs"
}

# expect WANTED < OUTPUT : shows what came out and fails when it is not what was seen before.
expect() {
  local seen
  seen=$(cat)
  printf '%s\n' "$seen"
  if [ "$seen" != "$1" ]; then
    printf '\nCHANGED: this was seen before:\n%s\n' "$1" >&2
    return 1
  fi
}
