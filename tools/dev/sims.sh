# The simulators of Twilio and Telnyx beside the demo carrier: ./dev up --sims
# Each keeps its secrets in .run/sims and writes there what it is reached by; dev.json carries that on as `sims`.
# shellcheck disable=SC2034 # choose_ports of up.sh takes them
sim_ports=(sim_twilio_api=5090 sim_twilio_signal=5091 sim_twilio_control=5092 sim_telnyx_api=5095 sim_telnyx_rtc=5096 sim_telnyx_control=5097)

define_sims() {
	npm_ci tools/sim-lib
	mkdir -p "$run/sims"
	# webhook-ingest, directly or by the public URL that requests are signed for
	local node ingest=${port_webhook:+http://127.0.0.1:$port_webhook} hook rewrite=()
	hook=${VOIP_WEBHOOK_URL:-$ingest}
	[ -z "$ingest" ] || [ "$hook" = "$ingest" ] || rewrite=(--rewrite "$hook=$ingest")
	node=$(command -v node)
	service sim-twilio "$node" "$top/tools/sim-twilio/main.js" --api "$port_sim_twilio_api" --signal "$port_sim_twilio_signal" \
		--control "$port_sim_twilio_control" --number +14155550140 --number +14155550141 --tls-cert "$run/secrets/tls.crt" --tls-key "$run/secrets/tls.key" \
		--secrets "$run/sims/twilio.json" --ready "$run/sims/twilio.ready.json" \
		--voice-url "${hook:+$hook/voip/webhook/twilio/voice}" "${rewrite[@]}" </dev/null
	service sim-telnyx "$node" "$top/tools/sim-telnyx/main.js" --api "$port_sim_telnyx_api" --rtc "$port_sim_telnyx_rtc" \
		--control "$port_sim_telnyx_control" --secrets "$run/sims/telnyx.json" --ready "$run/sims/telnyx.ready.json" \
		--webhook-url "${hook:+$hook/voip/webhook/telnyx}" "${rewrite[@]}" </dev/null
}

await_sims() {
	local name
	for name in twilio telnyx; do
		await 30 test -s "$run/sims/$name.ready.json" || die "sim-$name does not start: $(tail -n 3 "$run/log/sim-$name.log")"
	done
}
