/* Which addresses are public, and which an operator's networks let through. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"

static bool public_text(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		return vp_address_is_public((struct sockaddr *)&v4);
	}
	cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1, "%s", text);
	return vp_address_is_public((struct sockaddr *)&v6);
}

Test(address, only_the_public_internet_is_public)
{
	static const char *const good[] = {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0",
		"172.15.0.1", "172.32.0.1", "223.255.255.255", "2606:4700::1111", "2a00::1",
		"::ffff:8.8.8.8", "2001:4860:4860::8888"};
	static const char *const bad[] = {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1",
		"127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
		"192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::127.0.0.1", "64:ff9b::7f00:1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1"};
	for (size_t i = 0; i < VP_ARRAY_LEN(good); i++) {
		cr_expect(public_text(good[i]), "%s", good[i]);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_expect(!public_text(bad[i]), "%s", bad[i]);
	}
	struct sockaddr other = {.sa_family = AF_UNIX};
	cr_assert(!vp_address_is_public(&other));
}

Test(address, networks_of_the_operator_pass_and_nothing_else_inside)
{
	static const struct {
		const char *nets, *host;
		bool passes;
	} cases[] = {
		{"", "8.8.8.8", true},
		{"", "sip.example.com", true},
		{"", "127.0.0.1", false},
		{"", "169.254.169.254", false},
		{"", "10.1.2.3", false},
		{"", "192.168.1.5", false},
		{"", "0.0.0.0", false},
		{"", "::1", false},
		{"", "::", false},
		{"", "fe80::1", false},
		{"", "fd00:ec2::254", false},
		{"", "::ffff:127.0.0.1", false},
		{"", "localhost", false},
		{"", "LocalHost.", false},
		{"", "sip.localhost", false},
		{"", "notlocalhost", true},
		{"", "", true},
		{"127.0.0.0/8", "127.0.0.2", true},
		{"127.0.0.0/8", "localhost", true},
		{"127.0.0.0/8", "::ffff:127.0.0.1", true},
		{"127.0.0.0/8", "10.1.2.3", false},
		{"127.0.0.0/8", "169.254.169.254", false},
		{"10.20.0.0/15, 192.168.7.9", "10.21.255.255", true},
		{"10.20.0.0/15, 192.168.7.9", "10.22.0.0", false},
		{"10.20.0.0/15, 192.168.7.9", "192.168.7.9", true},
		{"10.20.0.0/15, 192.168.7.9", "192.168.7.8", false},
		{"fd12:3456::/33", "fd12:3456:7fff::1", true},
		{"fd12:3456::/33", "fd12:3456:8000::1", false},
		{"0.0.0.0/0", "127.0.0.1", true},
		{"0.0.0.0/0", "::1", false},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		struct vp_nets nets;
		cr_assert(vp_nets_parse(&nets, cases[i].nets), "%s", cases[i].nets);
		cr_expect_eq(vp_nets_allow_host(&nets, cases[i].host), cases[i].passes, "'%s' %s",
			cases[i].nets, cases[i].host);
	}
	struct vp_nets none = {0};
	struct sockaddr other = {.sa_family = AF_UNIX};
	cr_assert(!vp_nets_allow(&none, &other));
}

static enum vp_reach reach_of(const char *text)
{
	struct sockaddr_storage address;
	cr_assert(vp_address_read(text, &address), "%s", text);
	return vp_address_reach((struct sockaddr *)&address);
}

Test(address, how_near_an_address_is)
{
	static const struct {
		const char *text;
		enum vp_reach reach;
	} cases[] = {
		{"127.0.0.1", VP_REACH_SELF},
		{"0.0.0.0", VP_REACH_SELF},
		{"::", VP_REACH_SELF},
		{"::1", VP_REACH_SELF},
		{"::ffff:127.0.0.1", VP_REACH_SELF},
		{"224.0.0.1", VP_REACH_SELF},
		{"255.255.255.255", VP_REACH_SELF},
		{"ff02::1", VP_REACH_SELF},
		{"169.254.169.254", VP_REACH_LINK},
		{"fe80::1", VP_REACH_LINK},
		{"10.255.0.1", VP_REACH_PRIVATE},
		{"172.16.0.1", VP_REACH_PRIVATE},
		{"172.31.255.255", VP_REACH_PRIVATE},
		{"192.168.0.1", VP_REACH_PRIVATE},
		{"100.64.0.1", VP_REACH_PRIVATE},
		{"::ffff:10.0.0.1", VP_REACH_PRIVATE},
		{"fd00:ec2::254", VP_REACH_PRIVATE},
		{"fc00::1", VP_REACH_PRIVATE},
		{"fec0::1", VP_REACH_PRIVATE},
		{"172.32.0.1", VP_REACH_WORLD},
		{"172.15.0.1", VP_REACH_WORLD},
		{"100.63.0.1", VP_REACH_WORLD},
		{"100.128.0.1", VP_REACH_WORLD},
		{"203.0.113.5", VP_REACH_WORLD},
		{"::2", VP_REACH_WORLD},
		{"2001:db8::1", VP_REACH_WORLD},
		{"::ffff:8.8.8.8", VP_REACH_WORLD},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		cr_expect_eq(reach_of(cases[i].text), cases[i].reach, "%s", cases[i].text);
	}
	struct sockaddr other = {.sa_family = AF_UNIX};
	cr_assert_eq(vp_address_reach(&other), VP_REACH_SELF);
}

Test(address, a_peer_names_nothing_nearer_than_itself)
{
	static const char *const near[] = {"127.0.0.1", "169.254.1.1", "10.0.0.1", "8.8.8.8"};
	struct sockaddr_storage peer, address;
	for (size_t i = 0; i < VP_ARRAY_LEN(near); i++) {
		for (size_t j = 0; j < VP_ARRAY_LEN(near); j++) {
			cr_assert(vp_address_read(near[i], &peer) &&
				  vp_address_read(near[j], &address));
			cr_expect_eq(vp_address_may_name(
					     (struct sockaddr *)&peer, (struct sockaddr *)&address),
				i <= j, "%s names %s", near[i], near[j]);
		}
	}
}

Test(address, a_network_holds_what_is_in_it_and_no_public_stranger)
{
	struct vp_nets nets;
	struct sockaddr_storage address;
	cr_assert(vp_nets_parse(&nets, "10.0.0.5, 10.1.0.0/16 2001:db8::/33"));
	static const char *const in[] = {
		"10.0.0.5", "10.1.255.255", "::ffff:10.0.0.5", "2001:db8:7fff::1"};
	static const char *const out[] = {"10.0.0.6", "8.8.8.8", "2001:db8:8000::1"};
	for (size_t i = 0; i < VP_ARRAY_LEN(in); i++) {
		cr_assert(vp_address_read(in[i], &address), "%s", in[i]);
		cr_expect(vp_nets_hold(&nets, (struct sockaddr *)&address), "%s", in[i]);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(out); i++) {
		cr_assert(vp_address_read(out[i], &address), "%s", out[i]);
		cr_expect(!vp_nets_hold(&nets, (struct sockaddr *)&address), "%s", out[i]);
	}
	cr_assert(!vp_address_read("10.0.0", &address));
	cr_assert(!vp_address_read("", &address));
}

Test(address, networks_that_are_none_are_refused)
{
	static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
		"10.0.0", "10.0.0.0 /8", "fd00::/129", "lan", "10.0.0.0/8;127.0.0.1", "/8",
		"1111111111111111111111111111111111111111111111111111111111111111111/8"};
	struct vp_nets nets = {.n = 7};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_expect(!vp_nets_parse(&nets, bad[i]), "%s", bad[i]);
	}
	char many[(VP_NETS_MAX + 1) * 12] = "";
	for (int i = 0; i <= VP_NETS_MAX; i++) {
		snprintf(many + i * 10, 12, "10.0.0.%02d ", i + 10);
	}
	cr_expect(!vp_nets_parse(&nets, many));
	cr_assert_eq(nets.n, 7, "left as it was");
	cr_assert(vp_nets_parse(&nets, " \t, "));
	cr_assert_eq(nets.n, 0);
	cr_assert(vp_nets_parse(&nets, NULL));
	cr_assert_eq(nets.n, 0);
}
