#!/bin/sh
# Writes every kernel's assembly and stubs again: each folder here is a program that generates for the package of
# the same name in the parent folder. Run it from anywhere: internal/kernel/_gen/generate.sh [name…]
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- $(ls -d */ | tr -d /)
for name in "$@"; do
	go run "./$name" ../"$name"
done
gofmt -l -w ..
