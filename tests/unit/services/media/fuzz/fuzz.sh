#!/usr/bin/env bash
# Fuzzes what strangers reach in media: fuzz.sh [SECONDS-EACH] [sdp|packet ...]. Needs clang; not part of
# the default build. Finds stay in the work folder (FUZZ_DIR, default /tmp/fuzz-media).
set -euo pipefail
seconds=${1:-180}
shift || true
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../../../.." && pwd)
work=${FUZZ_DIR:-/tmp/fuzz-media}
mkdir -p "$work/proto"
protoc-c --c_out="$work/proto" --proto_path="$top/proto/ringmain/v1" "$top/proto/ringmain/v1/media.proto"
flags=(-std=gnu17 -g -O1 -D_GNU_SOURCE "-fsanitize=fuzzer,address,undefined" -fno-sanitize-recover=undefined
	-I"$top" -I"$work" -I/usr/include/re -DHAVE_STDINT_H -DHAVE_STDBOOL_H -DHAVE_INTTYPES_H -DHAVE_INET6
	-DHAVE_UNISTD_H -DUSE_OPENSSL -DUSE_TLS -DUSE_OPENSSL_DTLS -DUSE_OPENSSL_SRTP -DHAVE_PTHREAD)
sources=()
for file in "$top"/services/call-controller/media/*.c "$top"/libcommon/{base,log,metrics,spool}/*.c; do
	case $file in */main.c | */srtp_srtp2.c) ;; *) sources+=("$file") ;; esac
done
for name in "${@:-sdp packet}"; do
	for harness in $name; do
		clang "${flags[@]}" -o "$work/fuzz_$harness" "$here/fuzz_$harness.c" "${sources[@]}" \
			"$work/proto/media.pb-c.c" -lre -lrem -lssl -lcrypto -lopus -lprotobuf-c -lpthread -lm
		mkdir -p "$work/corpus-$harness"
		(cd "$work" && "./fuzz_$harness" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
			-print_final_stats=1 "corpus-$harness" "$here/seeds-$harness")
	done
done
