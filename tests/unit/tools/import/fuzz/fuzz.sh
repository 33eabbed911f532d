#!/usr/bin/env bash
# Fuzzes what reads a stranger's dump: fuzz.sh [SECONDS-EACH] [dump|laravel ...]. Needs clang; not part of
# the default build. Finds stay in the work folder (FUZZ_DIR, default /tmp/fuzz-import).
set -euo pipefail
seconds=${1:-60}
shift || true
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../../../.." && pwd)
work=${FUZZ_DIR:-/tmp/fuzz-import}
mkdir -p "$work"
flags=(-std=gnu17 -g -O1 -D_GNU_SOURCE "-fsanitize=fuzzer,address,undefined" -fno-sanitize-recover=undefined -I"$top")
import=$top/tools/voip/import
sources=("$import"/{lex,lex_text,dump,dump_create,dump_value,value,source,laravel,call}.c "$top"/libcommon/{base,crypto}/*.c)
for name in "${@:-dump laravel}"; do
	for harness in $name; do
		clang "${flags[@]}" -o "$work/fuzz_$harness" "$here/fuzz_$harness.c" "${sources[@]}" -ljansson -lsodium -lcrypto
		mkdir -p "$work/corpus-$harness"
		(cd "$work" && "./fuzz_$harness" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
			-print_final_stats=1 "corpus-$harness" "$here/seeds-$harness")
	done
done
