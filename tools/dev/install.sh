# Installs Debian packages and the npm tools; does nothing when all is there.
# tools/dev/packages: lines "GROUP PACKAGE...", groups: up test bench lint.
dev_install() {
	local group missing=() package
	for group in up "$@"; do
		# shellcheck disable=SC2013 # words are what is wanted
		for package in $(sed -n "s/^$group //p" tools/dev/packages); do
			dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' ||
				missing+=("$package")
		done
	done
	# a Node.js from elsewhere (with its npm) will do; Debian's two come together
	command -v npm >/dev/null && command -v node >/dev/null || missing+=(nodejs npm)
	if [ ${#missing[@]} -gt 0 ]; then
		step "Debian packages: ${missing[*]}"
		quietly apt-update as_root apt-get update -q
		apt_install "${missing[@]}"
	fi
	install_node
	npm_ci tools/node
}

# Packages must not start daemons of their own (PostgreSQL, Kamailio): we run what we need ourselves.
apt_install() {
	local policy=/usr/sbin/policy-rc.d ours=
	if [ ! -e $policy ]; then
		ours=1
		printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
		as_root chmod 755 $policy
	fi
	local ok=
	quietly apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
		--no-install-recommends -o Dpkg::Options::=--force-confold "$@" && ok=1
	[ -z "$ours" ] || as_root rm -f $policy
	[ -n "$ok" ]
}

install_node() {
	node_new_enough && return
	if [ ! -x "$run/node/node_modules/.bin/node" ]; then
		step "Node.js (Debian's is older than the web tools want)"
		mkdir -p "$run/node"
		quietly npm-node npm install --prefix "$run/node" --no-save node@22 npm@11
	fi
	PATH=$run/node/node_modules/.bin:$PATH
	hash -r
	node_new_enough || die "no Node.js 20.19 or newer: 'npm install node@22' in .run/node did not give one"
}
