# Installs, builds, makes a private PostgreSQL, migrates, seeds, starts every service under runit's
# supervision, waits until a call can be made, prints URL and login.
scale_gateway=1
scale_call_controller=1
with_sims=

dev_up() {
	local detach='' pair
	while [ $# -gt 0 ]; do
		case $1 in
		--detach) detach=1 ;;
		--sims) with_sims=1 ;;
		--scale)
			shift
			for pair in $(echo "${1:?--scale wants NAME=N,...}" | tr , ' '); do
				case $pair in
				gateway=[1-9]) scale_gateway=${pair#*=} ;;
				call-controller=[1-9]) scale_call_controller=${pair#*=} ;;
				*) die "--scale $pair: only gateway=1..9 and call-controller=1..9 can be scaled here" ;;
				esac
			done
			;;
		*) die "up: unknown option $1 (--detach, --sims, --scale gateway=2,call-controller=2)" ;;
		esac
		shift
	done
	dev_install
	dev_build
	stop_everything
	choose_ports
	make_folders
	start_database
	make_secrets
	migrate_and_seed
	define_services
	await_ready
	write_dev_json
	show_login
	[ -n "$detach" ] || follow
}

choose_ports() {
	local wanted=(pg=19432 bus_pub=5561 bus_sub=5562 carrier=5070 carrier_control=5080
		admin_bus=9100 admin_token=9101 admin_router=9102 admin_recorder=9103 webhook=8090 admin_webhook=9104) i
	for i in $(seq "$scale_gateway"); do
		wanted+=("http_$i=808$((i - 1))" "https_$i=844$((i + 2))" "admin_gateway_$i=911$i")
	done
	for i in $(seq "$scale_call_controller"); do
		wanted+=("sip_$i=506$((i * 2 - 2))" "sips_$i=506$((i * 2 - 1))" "admin_cc_$i=912$i" "admin_media_$i=913$i")
	done
	[ -z "$with_sims" ] || wanted+=("${sim_ports[@]}")
	local text
	text=$(node tools/dev/ports.mjs --free "$run/ports.json" "${wanted[@]}") # ours are stopped by now
	eval "$text"
}

make_folders() {
	rm -rf "$run/sv" "$run"/sims/*.ready.json
	mkdir -p "$run/sv" "$run/spool" "$run/recordings" "$run/carrier" "$run/sock"
}

# service NAME COMMAND...: with the environment given on standard input, KEY=value lines. Each gets a
# supervisor of its own, in a session of its own: it outlives this shell and whatever a terminal sends.
service() {
	local name=$1 dir=$run/sv/$1 line
	shift
	mkdir -p "$dir/control"
	{
		echo '#!/bin/sh'
		echo "exec >>'$run/log/$name.log' 2>&1"
		while read -r line; do [ -z "$line" ] || echo "export ${line%%=*}='${line#*=}'"; done
		printf 'exec'
		printf " '%s'" "$@"
		echo
	} >"$dir/run"
	chmod 755 "$dir/run"
	# TERM lets PostgreSQL wait for its clients for ever; INT is its fast way
	# shellcheck disable=SC2016 # the supervisor's shell is to expand it
	[ "$name" != postgres ] || printf '#!/bin/sh\nexec kill -INT "$(cat supervise/pid)"\n' >"$dir/control/t"
	find "$dir/control" -type f -exec chmod 755 {} +
	setsid runsv "$dir" >>"$run/log/runsv.log" 2>&1 </dev/null &
}

start_database() {
	pg=$(pg_dir)
	step "PostgreSQL on port $port_pg"
	PG_INIT_ONLY=1 tools/dev/pg start "$pg" "$port_pg" >/dev/null
	local user=()
	[ "$(id -u)" != 0 ] || user=(chpst -u postgres)
	service postgres "${user[@]}" "$(pg_bin)/postgres" -D "$pg/data" -p "$port_pg" </dev/null
	pg_url="postgresql://postgres@127.0.0.1:$port_pg"
	await 30 psql -qtA "$pg_url/postgres" -c 'select 1' || die "PostgreSQL did not start; see .run/log/postgres.log"
	[ "$(psql -qtA "$pg_url/postgres" -c "select count(*) from pg_database where datname='ringmain'")" = 1 ] ||
		psql -q "$pg_url/postgres" -c 'create database ringmain'
	database_url="$pg_url/ringmain"
}

make_secrets() {
	[ -f "$run/secrets/done" ] && return
	step "keys and certificates"
	quietly init-secrets env PATH="$top/build/services/bus:$PATH" build/tools/voip/voip init-secrets "$run/secrets"
	touch "$run/secrets/done"
}

migrate_and_seed() {
	step "database schema and demo data"
	export VOIP_DB_URL=$database_url VOIP_MIGRATIONS=$top/migrations
	export VOIP_KEK_FILE=$run/secrets/kek VOIP_JWT_KEY_FILE=$run/secrets/jwt.key
	quietly migrate build/tools/voip/voip migrate
	quietly seed build/tools/voip/voip seed --json "$run/seed.json" --demo-carrier "127.0.0.1:$port_carrier"
}

bus_env() { # NAME ADMIN_PORT
	cat <<-ENV
		VOIP_DB_URL=postgresql://voip_$1@127.0.0.1:$port_pg/ringmain
		VOIP_BUS=127.0.0.1:$port_bus_pub+$port_bus_sub
		VOIP_BUS_CERT=$run/secrets/bus/private/$2.key
		VOIP_BUS_SERVER_KEY=$run/secrets/bus/server.pub
		VOIP_ADMIN_LISTEN=127.0.0.1:$3
		VOIP_LOG_LEVEL=${VOIP_LOG_LEVEL:-info}
	ENV
}

define_services() {
	local i b=$top/build/services
	step "services"
	service bus "$b/bus/voip-bus" <<-ENV
		VOIP_BUS_LISTEN_PUB=127.0.0.1:$port_bus_pub
		VOIP_BUS_LISTEN_SUB=127.0.0.1:$port_bus_sub
		VOIP_BUS_KEYS=$run/secrets/bus/public
		VOIP_BUS_CERT=$run/secrets/bus/private/bus.key
		VOIP_ADMIN_LISTEN=127.0.0.1:$port_admin_bus
	ENV
	service token-issuer "$b/token-issuer/voip-token-issuer" <<-ENV
		$(bus_env token token-issuer "$port_admin_token")
		VOIP_KEK_FILE=$run/secrets/kek
		VOIP_JWT_KEY_FILE=$run/secrets/jwt.key
		VOIP_TOKEN_TTL=${VOIP_TOKEN_TTL:-3600}
	ENV
	service router "$b/router/voip-router" <<-ENV
		$(bus_env router router "$port_admin_router")
	ENV
	service webhook-ingest "$b/webhook-ingest/voip-webhook-ingest" <<-ENV
		$(bus_env webhook webhook-ingest "$port_admin_webhook")
		VOIP_WEBHOOK_LISTEN=127.0.0.1:$port_webhook
		VOIP_WEBHOOK_URL=${VOIP_WEBHOOK_URL:-http://127.0.0.1:$port_webhook}
		VOIP_WEBHOOK_SPOOL_DIR=$run/webhooks
		VOIP_KEK_FILE=$run/secrets/kek
	ENV
	service recorder "$b/recorder/voip-recorder" <<-ENV
		$(bus_env recorder recorder "$port_admin_recorder")
		VOIP_SPOOL_DIR=$run/spool
		VOIP_RECORDING_DIR=$run/recordings
		VOIP_RECORDING_ENABLED=${VOIP_RECORDING_ENABLED:-true}
		VOIP_KEK_FILE=$run/secrets/kek
	ENV
	for i in $(seq "$scale_call_controller"); do define_controller "$i"; done
	for i in $(seq "$scale_gateway"); do define_gateway "$i"; done
	local targets=()
	for i in $(seq "$scale_call_controller"); do
		eval "targets+=(--target 127.0.0.1:\$port_sip_$i)"
	done
	service demo-carrier "$top/build/tools/demo-carrier/demo-carrier" \
		--listen "127.0.0.1:$port_carrier" --control "127.0.0.1:$port_carrier_control" \
		--from-address 127.0.0.2 --out "$run/carrier" "${targets[@]}" </dev/null
	[ -z "$with_sims" ] || define_sims
}

define_controller() {
	local i=$1 suffix='' sip sips admin_cc admin_media
	[ "$i" = 1 ] || suffix=-$i
	eval "sip=\$port_sip_$i sips=\$port_sips_$i admin_cc=\$port_admin_cc_$i admin_media=\$port_admin_media_$i"
	service "media$suffix" "$top/build/services/call-controller/media/voip-media" <<-ENV
		VOIP_MEDIA_SOCKET=$run/sock/media-$i
		VOIP_MEDIA_ADDR=${VOIP_MEDIA_ADDR:-127.0.0.1}
		VOIP_MEDIA_ADVERTISE=${VOIP_MEDIA_ADVERTISE:-127.0.0.1}
		VOIP_RTP_PORTS=20000-39999
		VOIP_SPOOL_DIR=$run/spool
		VOIP_ADMIN_LISTEN=127.0.0.1:$admin_media
	ENV
	service "call-controller$suffix" "$top/build/services/call-controller/voip-call-controller" <<-ENV
		$(bus_env call call-controller "$admin_cc")
		VOIP_SIP_LISTEN=127.0.0.1:$sip
		VOIP_SIP_TLS_LISTEN=127.0.0.1:$sips
		VOIP_SIP_TLS_CERT=$run/secrets/tls.pem
		VOIP_TRUNK_NETWORKS=${VOIP_TRUNK_NETWORKS:-127.0.0.0/8}
		VOIP_MEDIA_SOCKET=$run/sock/media-$i
		VOIP_SPOOL_DIR=$run/spool
		VOIP_RECORDING_ENABLED=${VOIP_RECORDING_ENABLED:-true}
		VOIP_KEK_FILE=$run/secrets/kek
		VOIP_WEBHOOK_URL=${VOIP_WEBHOOK_URL:-${port_webhook:+http://127.0.0.1:$port_webhook}}
	ENV
}

define_gateway() {
	local i=$1 suffix='' http https admin
	[ "$i" = 1 ] || suffix=-$i
	eval "http=\$port_http_$i https=\$port_https_$i admin=\$port_admin_gateway_$i"
	service "gateway$suffix" "$top/build/services/gateway/voip-gateway" <<-ENV
		$(bus_env gateway gateway "$admin")
		VOIP_HTTP_LISTEN=127.0.0.1:$http
		VOIP_HTTPS_LISTEN=127.0.0.1:$https
		VOIP_TLS_CERT=$run/secrets/tls.crt
		VOIP_TLS_KEY=$run/secrets/tls.key
		VOIP_WEB_ROOT=$top/web/dist
		VOIP_JWT_KEY_FILE=$run/secrets/jwt.key
		VOIP_TOKEN_TTL=${VOIP_TOKEN_TTL:-3600}
		VOIP_RECORDING_DIR=$run/recordings
		VOIP_RECORDING_ENABLED=${VOIP_RECORDING_ENABLED:-true}
		VOIP_KEK_FILE=$run/secrets/kek
		VOIP_WEBHOOK_URL=${VOIP_WEBHOOK_URL:-}
		VOIP_TRUNK_NETWORKS=${VOIP_TRUNK_NETWORKS:-127.0.0.0/8}
		VOIP_CARRIER_HOSTS=${with_sims:+wss://127.0.0.1:$port_sim_twilio_signal ws://127.0.0.1:$port_sim_telnyx_rtc}
	ENV
}

await_ready() {
	local i one
	step "waiting until a call can be made"
	one=(bus:bus token-issuer:token router:router recorder:recorder webhook-ingest:webhook)
	for i in $(seq "$scale_gateway"); do one+=("$(numbered gateway "$i"):gateway_$i"); done
	for i in $(seq "$scale_call_controller"); do one+=("$(numbered media "$i"):media_$i" "$(numbered call-controller "$i"):cc_$i"); done
	for i in "${one[@]}"; do await_service "${i%%:*}" "port_admin_${i#*:}"; done
	await 30 curl -sf "http://127.0.0.1:$port_carrier_control/" ||
		die "the demo carrier does not start: $(tail -n 3 "$run/log/demo-carrier.log")"
	[ -z "$with_sims" ] || await_sims
}

numbered() { [ "$2" = 1 ] && echo "$1" || echo "$1-$2"; }

await_service() { # NAME VARIABLE_OF_PORT
	local port=${!2}
	await 30 is_ready "$port" "$run/sv/$1/supervise/pid" ||
		die "$1 is not ready; at port $port answers: $(curl -s "http://127.0.0.1:$port/readyz" || tail -n 3 "$run/log/$1.log")"
}

write_dev_json() {
	SCALE_GATEWAY=$scale_gateway SCALE_CC=$scale_call_controller DATABASE_URL=$database_url \
		node tools/dev/dev-json.mjs "$run"
}

show_login() {
	# shellcheck disable=SC2016 # what expands is JavaScript's
	[ -n "${DEV_QUIET:-}" ] || node -e '
		const d = JSON.parse(require("fs").readFileSync(process.argv[1]))
		console.log(`
  Ringmain runs:  ${d.base_url}
  agent           ${d.agent.email}   ${d.agent.password}
  administrator   ${d.admin.email}   ${d.admin.password}

  Dial ${d.demo_carrier.numbers.echo} to hear yourself, or let it ring you: ./dev demo call
  Logs: .run/log   Stop: ./dev down`)' "$run/dev.json"
}

follow() {
	trap 'echo; dev_down; exit 0' INT TERM
	echo '  Ctrl+C stops it.'
	tail -qn 0 -F "$run"/log/{gateway,call-controller,router,recorder,token-issuer,webhook-ingest,bus,media}.log &
	wait $!
}
