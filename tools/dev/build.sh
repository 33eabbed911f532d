# Builds the C programs (build/) and the web app (web/dist).
dev_build() {
	build_c build
	build_web
}

# build_c DIR [meson options]: configures once, then compiles what changed.
build_c() {
	local dir=$1
	shift
	if [ ! -f "$dir/build.ninja" ]; then
		step "configuring $dir"
		rm -rf "$dir"
		quietly "meson-$dir" meson setup "$dir" "$@"
	fi
	step "compiling $dir"
	quietly "ninja-$dir" ninja -C "$dir"
}

build_web() {
	npm_ci web
	# the newest source decides whether the bundle is stale
	if [ -f web/dist/index.html ] &&
		[ -z "$(find web proto -newer web/dist/index.html -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -print -quit)" ]; then
		return
	fi
	step "building the web app"
	quietly web-build npm run build --prefix web
}
