#!/usr/bin/env bash
# editors.sh: sees to it that Neovim, and Emacs with eglot, are there for the tests of real editors. As root it installs their packages.
set -euo pipefail
here=$(dirname "$0")
"$here/packages.sh" nvim=neovim emacs=emacs-nox
# Newer ones bring eglot along.
emacs --batch --eval "(require 'eglot)" >/dev/null 2>&1 || "$here/packages.sh" eglot=elpa-eglot
